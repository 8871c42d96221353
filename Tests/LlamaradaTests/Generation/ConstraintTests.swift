import Foundation
import Llamarada
import LlamaradaGrammar
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Constrained texts of a tiny model with random weights, which asks for nothing that is valid.
@Suite struct ConstraintTests {
    private static func load(_ backend: Backend, sequences: Int = 4, lookup: Int = 0) async throws -> LanguageModel {
        try await LanguageModel.load(
            ModelFixture.folder.appending(path: "models/q8_0.gguf").path(),
            options: LoadOptions(backend: backend, contextLength: 160, sequences: sequences, lookup: lookup))
    }

    private struct Answer: Equatable {
        var text = ""
        var tokens: [TokenID] = []
        var reason: GenerationSummary.StopReason?
    }

    private static func answer(
        _ model: LanguageModel, _ options: GenerationOptions, prompt: String = "the license"
    ) async throws -> Answer {
        var answer = Answer()
        for try await event in model.generate(prompt, options: options) {
            answer.text += event.text
            if case .token(let token) = event { answer.tokens.append(token.id) }
            if case .finished(let summary) = event { answer.reason = summary.stopReason }
        }
        return answer
    }

    private static let sources: [OutputConstraint.Source] = [
        .jsonObject,
        .jsonSchema(#"{"type":"string","maxLength":8}"#),
        .jsonSchema(#"{"type":"string","pattern":"^[a-z]{2,5}( [0-9]{1,3})?$"}"#),
        .jsonSchema(#"{"type":"string","format":"date-time"}"#),
        .jsonSchema(#"{"type":"integer","minimum":-20,"maximum":1300,"multipleOf":5}"#),
        .jsonSchema(#"{"type":"number","minimum":0,"exclusiveMaximum":2.5}"#),
        .jsonSchema(#"{"type":"array","items":{"enum":["a",1,null]},"minItems":1,"maxItems":4}"#),
        .jsonSchema(#"{"prefixItems":[{"type":"boolean"},{"type":"integer"}],"minItems":2}"#),
        .jsonSchema(
            #"{"properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":0,"maximum":99}},"required":["name"]}"#
        ),
        .jsonSchema(
            #"{"anyOf":[{"type":"null"},{"type":"object","properties":{"k":{"const":[1]}},"required":["k"]}]}"#),
        .grammar("root ::= (\"yes\" | \"no\") \"!\"{1,3}"),
        .grammar("root ::= root [+*] root | [0-9] | \"é\" | \"(\" root \")\""),
    ]

    /// Whatever ends by itself follows its source, and most end; drawn on the device and on the host alike.
    @Test(arguments: [Backend.vulkan(), .cpu]) func whatEndsIsWhole(_ backend: Backend) async throws {
        let model = try await Self.load(backend)
        var ended = 0
        for (index, source) in Self.sources.enumerated() {
            let automaton = try PushdownAutomaton(source.grammar())
            var options = GenerationOptions(
                sampling: SamplingOptions(temperature: 1.5, repeatPenalty: 1.2, seed: UInt64(index)))
            options.constraint = try await model.constraint(source)
            let device = try await Self.answer(model, options)
            // Log-probabilities take the logits to the host.
            options.logProbabilities = 0
            let host = try await Self.answer(model, options)
            #expect(device == host)
            var matcher = GrammarMatcher(automaton)
            let isTaken = matcher.advance(device.text.utf8)
            #expect(isTaken, "\(source): \(device.text)")
            #expect((device.reason == .endOfText) == matcher.canEnd || device.reason == .contextFull)
            if device.reason == .endOfText { ended += 1 }
            if case .jsonSchema = source, device.reason == .endOfText {
                _ = try JSONValue(Array(device.text.utf8))
            }
        }
        #expect(ended >= 10)
    }

    @Test func greedyTokensAreMaskedToo() async throws {
        let model = try await Self.load(.vulkan())
        var options = GenerationOptions(maxTokens: 30, sampling: .greedy)
        options.constraint = try await model.constraint(.grammar("root ::= \"yes, \" (\"indeed\" | \"of course\")"))
        let answer = try await Self.answer(model, options)
        #expect(["yes, indeed", "yes, of course"].contains(answer.text) && answer.reason == .endOfText)
        options.maxTokens = 2
        #expect(try await Self.answer(model, options).reason == .tokenLimit)
    }

    /// Who is not constrained gets the same beside others that are.
    @Test func neighboursAreFree() async throws {
        let model = try await Self.load(.vulkan())
        let free = GenerationOptions(maxTokens: 24, sampling: SamplingOptions(seed: 5), ignoresEndOfText: true)
        let alone = try await Self.answer(model, free)
        var bound = GenerationOptions(maxTokens: 24, sampling: SamplingOptions(seed: 6))
        bound.constraint = try await model.constraint(.jsonSchema(#"{"type":"array","items":{"type":"integer"}}"#))
        let boundAlone = try await Self.answer(model, bound)
        async let one = Self.answer(model, free)
        async let two = Self.answer(model, bound)
        async let three = Self.answer(model, free)
        #expect(try await [one, three] == [alone, alone])
        #expect(try await two == boundAlone)
    }

    /// Drafts are checked by masks of their own, and change nothing.
    @Test(arguments: [SamplingOptions.greedy, SamplingOptions(temperature: 1.5, seed: 8)])
    func draftsChangeNothing(_ sampling: SamplingOptions) async throws {
        let model = try await Self.load(.vulkan(), lookup: 7)
        let source = OutputConstraint.Source.grammar("root ::= (\"the license, \" [a-d]){6} [0-9]{3}")
        var options = GenerationOptions(sampling: sampling, constraint: try await model.constraint(source))
        let plain = try await Self.answer(model, options)
        options.lookup = 7
        var drafted = Answer()
        var accepted = 0
        for try await event in model.generate("the license", options: options) {
            drafted.text += event.text
            if case .token(let token) = event { drafted.tokens.append(token.id) }
            if case .finished(let summary) = event {
                (drafted.reason, accepted) = (summary.stopReason, summary.acceptedTokens)
            }
        }
        #expect(drafted == plain && plain.reason == .endOfText)
        #expect(accepted > 0)
    }

    /// Log-probabilities are the model's own, whatever may follow.
    @Test func logProbabilitiesAreTheModels() async throws {
        let model = try await Self.load(.cpu)
        func first(_ options: GenerationOptions) async throws -> TokenScores? {
            for try await event in model.generate("the license", options: options) {
                if case .token(let token) = event { return token.scores }
            }
            return nil
        }
        var options = GenerationOptions(maxTokens: 1, sampling: .greedy, logProbabilities: 8)
        let free = try #require(try await first(options))
        options.constraint = try await model.constraint(.grammar("root ::= \"zz\""))
        let bound = try #require(try await first(options))
        #expect(free.top.map(\.id) == bound.top.map(\.id))
        #expect(bound.logProbability < free.logProbability)
    }

    @Test func whatCannotBeFollowedIsSaid() async throws {
        let model = try await Self.load(.cpu)
        let constraint = try await model.constraint(.jsonObject)
        #expect(try await model.constraint(.jsonObject) === constraint)
        for options in [
            GenerationOptions(stopStrings: ["}"], constraint: constraint),
            GenerationOptions(ignoresEndOfText: true, constraint: constraint),
        ] {
            let error = await #expect(throws: GenerationError.self) { try await Self.answer(model, options) }
            #expect(error?.code == .invalidOption)
        }
        await #expect(throws: GrammarError.self) { try await model.constraint(.grammar("root ::= x")) }
        // A control token that the vocabulary lacks; byte tokens do not spell it.
        let missing = try await model.constraint(key: "missing") { () throws(GrammarError) in
            var grammar = Grammar()
            grammar.root = try grammar.declare("root")
            grammar.define(grammar.root, try grammar.token(Array("nothing".utf8)))
            return grammar
        }
        let error = await #expect(throws: GenerationError.self) {
            try await Self.answer(model, GenerationOptions(constraint: missing))
        }
        #expect(error?.code == .constraint)
    }

    /// An empty text is one, and ends at once.
    @Test func theEmptyTextEnds() async throws {
        let model = try await Self.load(.vulkan())
        var options = GenerationOptions()
        options.constraint = try await model.constraint(.grammar("root ::= \"\""))
        let answer = try await Self.answer(model, options)
        #expect(answer.text.isEmpty && answer.reason == .endOfText)
    }
}
