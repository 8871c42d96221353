import Llamarada
import LlamaradaChat
import LlamaradaTemplates
import LlamaradaText
import Synchronization
import TestSupport
import Testing

/// Conversations with a tiny model of random weights: what it says means nothing, how it comes about does.
@Suite(.serialized) struct ConversationTests {
    private static let template = """
        {% for m in messages %}<|im_start|>{{ m.role }}
        {{ m.content }}<|im_end|>
        {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
        {% endif %}
        """

    private let model: LanguageModel

    init() async throws {
        model = try await LanguageModel.load(TestRequest.path, options: LoadOptions(contextLength: 200))
    }

    private func conversation(_ template: String = template, system: String? = nil) throws -> Conversation {
        Conversation(model, try ChatFormat(model, template: template), system: system)
    }

    private static func options(_ count: Int, temperature: Float = 0, seed: UInt64 = 1) -> GenerationOptions {
        GenerationOptions(maxTokens: count, sampling: SamplingOptions(temperature: temperature, seed: seed))
    }

    /// An answer, whole and in the pieces that were shown.
    private func ask(
        _ conversation: Conversation, _ text: String, _ options: GenerationOptions = options(8)
    ) async throws -> (text: String, outcome: Conversation.Outcome) {
        let shown = Mutex("")
        let outcome = try await conversation.answer(text, options) { piece in shown.withLock { $0 += piece } }
        return (shown.withLock { $0 }, outcome)
    }

    /// Whatever tokens spelled an answer, a turn goes on behind them: drawn at random they are seldom those that the
    /// tokenizer would have taken.
    @Test(arguments: [Float(0), 1.5]) func aTurnComputesOnlyWhatIsNew(_ temperature: Float) async throws {
        let conversation = try conversation(system: "s")
        var before = 0
        for turn in 0..<4 {
            let (text, outcome) = try await ask(
                conversation, "turn \(turn)", Self.options(9, temperature: temperature, seed: UInt64(turn)))
            let summary = try #require(outcome.summary)
            #expect(!text.isEmpty && outcome.forgottenTurns == 0)
            // Of an answer the last token was chosen and not computed.
            #expect(summary.reusedTokens == max(0, before - 1), "turn \(turn)")
            #expect(summary.promptTokens > before)
            before = summary.promptTokens + summary.decodedTokens + 1
            if summary.stopReason == .endOfText { before -= 1 }
        }
        #expect(await conversation.turnCount == 4)
    }

    @Test func theFirstAnswerIsThatOfTheRenderedText() async throws {
        let format = try ChatFormat(model, template: Self.template)
        let text = try format.render([ChatMessage(role: "user", content: "Hello")])
        #expect(text == "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n")
        var expected = ""
        for try await event in model.generate(format.tokens(of: text), options: Self.options(8)) {
            expected += event.text
        }
        let (answer, _) = try await ask(try conversation(), "Hello")
        #expect(answer == expected && !answer.isEmpty)
        #expect(try await ask(try conversation(system: "s"), "Hello").text != answer)
    }

    @Test func regenerating() async throws {
        let conversation = try conversation()
        #expect(try await conversation.regenerate(Self.options(8)) { _ in } == nil)
        _ = try await ask(conversation, "one")
        let (answer, _) = try await ask(conversation, "two")
        let shown = Mutex("")
        let outcome = try await conversation.regenerate(Self.options(8)) { piece in shown.withLock { $0 += piece } }
        let summary = try #require(outcome?.summary)
        #expect(shown.withLock { $0 } == answer && summary.promptTokens - summary.reusedTokens == 1)
        let file = await conversation.file
        #expect(file.messages.map(\.role) == ["user", "assistant", "user", "assistant"])
        #expect(file.messages.last?.content == answer)
    }

    /// A template that does not show what was said as it was said.
    @Test func templatesThatTrim() async throws {
        let source = Self.template.replacing("m.content }}", with: "m.content | replace(' ', '') | trim | upper }}")
        let conversation = try conversation(source)
        let format = try ChatFormat(model, template: source)
        for turn in 0..<3 {
            let said = await conversation.file.messages + [ChatMessage(role: "user", content: "turn \(turn)")]
            let (_, outcome) = try await ask(conversation, "turn \(turn)", Self.options(8, temperature: 1.5))
            #expect(try outcome.summary?.promptTokens == format.tokens(of: format.render(said)).count)
        }
    }

    @Test func aFullContextForgetsTheOldestTurns() async throws {
        let conversation = try conversation(system: "Be kind.")
        var forgotten = 0
        var longest = 0
        for turn in 0..<14 {
            let (_, outcome) = try await ask(conversation, "This is turn number \(turn) of all", Self.options(20))
            let summary = try #require(outcome.summary)
            if outcome.forgottenTurns > 0 { #expect(summary.promptTokens <= 100) }
            forgotten += outcome.forgottenTurns
            longest = max(longest, summary.promptTokens)
            #expect(summary.stopReason != .contextFull)
        }
        #expect(forgotten > 3 && longest > 100 && longest <= 180)
        // What is saved is everything.
        #expect(await conversation.file.messages.count == 28)
    }

    @Test func aMessageThatDoesNotFitChangesNothing() async throws {
        let conversation = try conversation()
        _ = try await ask(conversation, "one")
        let before = await conversation.file
        await #expect(throws: GenerationError.self) {
            _ = try await ask(conversation, String(repeating: "word ", count: 300))
        }
        #expect(await conversation.file == before)
        #expect(try await ask(conversation, "two").outcome.hasAnswer)
    }

    @Test func whatTheTemplateRefusesChangesNothing() async throws {
        let refusing = "{% if messages[-1].content == 'bad' %}{{ raise_exception('No.') }}{% endif %}"
        let conversation = try conversation(refusing + Self.template)
        _ = try await ask(conversation, "one")
        let before = await conversation.file
        await #expect { _ = try await ask(conversation, "bad") } throws: { ($0 as? TemplateError)?.code == .raised }
        #expect(await conversation.file == before)
        #expect(try await ask(conversation, "two").outcome.hasAnswer)
    }

    /// Where nothing limits an answer, the context does, and still what was said is there.
    @Test func answersWithoutALimit() async throws {
        let long = try await LanguageModel.load(TestRequest.path, options: LoadOptions(contextLength: 256))
        let conversation = Conversation(long, try ChatFormat(long, template: Self.template), system: nil)
        var options = Self.options(9)
        let first = try #require(try await ask(conversation, "one", options).outcome.summary)
        options.maxTokens = nil
        options.ignoresEndOfText = true
        let second = try #require(try await ask(conversation, "two", options).outcome.summary)
        #expect(second.reusedTokens == first.promptTokens + first.decodedTokens)
        #expect(second.stopReason == .contextFull)
        let third = try await ask(conversation, "three", Self.options(9)).outcome
        #expect(third.forgottenTurns == 2 && third.summary?.stopReason == .tokenLimit)
    }

    /// What came of an answer that was stopped belongs to the conversation, and the next one is right.
    @Test func stoppedAnswers() async throws {
        let conversation = try conversation()
        let options = GenerationOptions(sampling: .init(temperature: 1.5, seed: 3), ignoresEndOfText: true)
        for turn in 0..<3 {
            let count = Mutex(0)
            let task = Task {
                try await conversation.answer("turn \(turn)", options) { _ in
                    if count.withLock({
                        $0 += 1; return $0
                    }) == 3 {
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
            }
            let outcome = try await task.value
            #expect(outcome.summary == nil && outcome.hasAnswer)
        }
        #expect(await conversation.file.messages.count == 6)
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await conversation.answer("never", options) { _ in }
        }
        #expect(try await !cancelled.value.hasAnswer)
        #expect(await conversation.file.messages.count == 6)
        #expect(try await ask(conversation, "on").outcome.summary != nil)
    }

    /// A stop string is no part of the conversation, though the cache has it.
    @Test func stopStrings() async throws {
        let whole = try await ask(try conversation(), "Hello", Self.options(12)).text
        var options = Self.options(12)
        options.stopStrings = [String(whole.dropFirst(3).prefix(3))]
        let conversation = try conversation()
        let (text, outcome) = try await ask(conversation, "Hello", options)
        #expect(whole.hasPrefix(text) && text.count <= 3)
        #expect(outcome.summary?.stopReason == .stopString(options.stopStrings[0]))
        let format = try ChatFormat(model, template: Self.template)
        let said = await conversation.file.messages + [ChatMessage(role: "user", content: "on")]
        let next = try await ask(conversation, "on")
        #expect(try next.outcome.summary?.promptTokens == format.tokens(of: format.render(said)).count)
    }

    @Test func savingAndGoingOn() async throws {
        let conversation = try conversation(system: "s \"q\" \\ \n é \u{0}")
        _ = try await ask(conversation, "one\n\ttwo", Self.options(8, temperature: 1.5))
        let file = await conversation.file
        let read = try ConversationFile(Array(file.text.utf8), name: "x.json")
        #expect(read == file && read.system == "s \"q\" \\ \n é \u{0}" && read.messages.count == 2)
        let other = try self.conversation()
        await other.load(read)
        #expect(await other.file == file)
        await other.clear()
        #expect(await other.file == ConversationFile(system: file.system, messages: []))
    }
}
