package import Llamarada

/// A conversation with a model, of which each turn computes only what is new.
///
/// One thing at a time may be asked of it.
package actor Conversation {
    /// How a turn went.
    package struct Outcome: Sendable {
        /// How the generation went; nil where it was stopped by cancelling its task.
        package var summary: GenerationSummary?
        /// Whether anything was answered; otherwise the conversation is as it was before.
        package var hasAnswer: Bool
        /// How many of the oldest turns the model is not shown any more, because its context is full.
        package var forgottenTurns: Int
    }

    private let model: LanguageModel
    private let format: ChatFormat
    private let session: Session
    private var turns: Turns
    private var transcript = Transcript()

    package init(_ model: LanguageModel, _ format: ChatFormat, system: String?) {
        self.model = model
        self.format = format
        session = model.session()
        turns = Turns(system: system)
    }

    /// What the model is told before everything; nil leaves that to the template.
    package var system: String? { turns.system }

    /// Tells the model something else before everything.
    package func tell(_ system: String) { turns.system = system }

    /// How many turns there are.
    package var turnCount: Int { turns.count }

    /// Forgets all that was said, but the system message.
    package func clear() { turns = Turns(system: turns.system) }

    /// Everything, as a file keeps it.
    package var file: ConversationFile { ConversationFile(system: turns.system, messages: turns.messages) }

    /// Goes on with another conversation.
    package func load(_ file: ConversationFile) { turns = Turns(system: file.system, messages: file.messages) }

    /// Answers a message.
    ///
    /// - Parameter show: is called with each piece of the answer.
    /// - Throws: `TemplateError` where the template refuses the conversation, what a generation throws, and what `show`
    ///   throws; then the conversation is as it was before.
    package func answer(
        _ text: String, _ options: GenerationOptions, show: @Sendable (String) throws -> Void
    ) async throws -> Outcome {
        let before = turns
        turns.messages.append(ChatMessage(role: "user", content: text))
        return try await answer(options, orRestore: before, show)
    }

    /// Answers the last message once more; nil where there is none.
    package func regenerate(
        _ options: GenerationOptions, show: @Sendable (String) throws -> Void
    ) async throws -> Outcome? {
        let before = turns
        while let last = turns.messages.last, last.role != "user" { turns.messages.removeLast() }
        guard !turns.messages.isEmpty else {
            turns = before
            return nil
        }
        return try await answer(options, orRestore: before, show)
    }

    private func answer(
        _ options: GenerationOptions, orRestore before: Turns, _ show: @Sendable (String) throws -> Void
    ) async throws -> Outcome {
        var answer = ""
        var summary: GenerationSummary?
        do {
            try await continueTranscript(options)
            let kept = commonCount(session.tokens, transcript.tokens)
            try session.rewind(to: kept)
            let (limited, isFullAtLimit) = limited(options)
            for try await event in session.generate(Array(transcript.tokens[kept...]), options: limited) {
                answer += event.text
                if !event.text.isEmpty { try show(event.text) }
                if case .finished(let end) = event { summary = end }
            }
            if isFullAtLimit, summary?.stopReason == .tokenLimit { summary?.stopReason = .contextFull }
        } catch {
            turns = before
            throw error
        }
        let forgotten = turns.forgotten - before.forgotten
        guard summary != nil || !answer.isEmpty else {
            turns = before
            return Outcome(summary: nil, hasAnswer: false, forgottenTurns: 0)
        }
        turns.messages.append(ChatMessage(role: "assistant", content: answer))
        await note(answer)
        return Outcome(summary: summary, hasAnswer: true, forgottenTurns: forgotten)
    }

    /// Options that leave a page of the cache free, where the context has plenty: without one, a page that the turn takes
    /// over in part cannot be copied, and up to 31 tokens would be computed again.
    ///
    /// - Returns: the options, and whether the context counts as full once they end the answer.
    private func limited(_ options: GenerationOptions) -> (options: GenerationOptions, isFullAtLimit: Bool) {
        let most = model.contextLength - transcript.tokens.count - Self.pageSize
        guard most > 4 * Self.pageSize, most < options.maxTokens ?? .max else { return (options, false) }
        var limited = options
        limited.maxTokens = most
        return (limited, true)
    }

    /// Positions of a page of the cache.
    private static let pageSize = 32

    /// The answer belongs to the transcript where its tokens read as it does: they do not where it was left within a
    /// character, or where a stop string was taken off.
    private func note(_ answer: String) async {
        await session.idle()
        let tokens = session.tokens.dropFirst(transcript.tokens.count)
        if format.reads(tokens, as: answer) { transcript.append(answer, Array(tokens)) }
    }

    /// How many tokens of a prompt are there already; one at least is to be computed.
    private func commonCount<Token: Equatable>(_ old: [Token], _ new: [Token]) -> Int {
        min(zip(old, new).prefix { $0 == $1 }.count, max(0, new.count - 1))
    }
}

extension Conversation {
    /// Makes the transcript that of the conversation, without the oldest turns where they leave no room for an answer.
    ///
    /// Half of the context is made free at once: what follows a turn that goes is computed anew.
    private func continueTranscript(_ options: GenerationOptions) async throws {
        await session.idle()
        let all = try extended(forgetting: turns.forgotten)
        let answer = min(options.maxTokens ?? 256, 256, model.contextLength / 4)
        guard all.tokens.count > model.contextLength - answer, turns.forgotten < turns.count - 1 else {
            transcript = all
            return
        }
        // The fewest turns that must go, by halves: every one that goes makes the text shorter.
        var (low, high) = (turns.forgotten + 1, turns.count - 1)
        while low < high {
            let middle = (low + high) / 2
            let fits = try extended(forgetting: middle).tokens.count <= model.contextLength / 2
            (low, high) = fits ? (low, middle) : (middle + 1, high)
        }
        transcript = try extended(forgetting: low)
        turns.forgotten = low
    }

    private func extended(forgetting count: Int) throws -> Transcript {
        transcript.extended(to: try format.render(turns.shown(forgetting: count)), format)
    }
}
