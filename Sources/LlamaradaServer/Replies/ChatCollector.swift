package import Llamarada
import LlamaradaChat
package import LlamaradaTensors
package import LlamaradaText

/// Makes what `/v1/chat/completions` answers.
package struct ChatCollector: AnswerCollector {
    /// One answer so far.
    private struct Choice {
        var parser: AnswerParser
        var content = ""
        var calls: [ToolCall] = []
        var scores: [JSONValue] = []
        var finishReason: String?
        var timings: JSONValue?
    }

    private let head: ReplyHead
    private let texts: TokenText
    private let hasScores: Bool
    private var choices: [Choice]

    /// - Parameters:
    ///   - tools: the names of what the model may call.
    ///   - scores: whether log-probabilities are wanted.
    package init(_ head: ReplyHead, _ tokenizer: Tokenizer, choices count: Int, tools: Set<String>, scores: Bool) {
        self.head = head
        texts = TokenText(tokenizer)
        hasScores = scores
        choices = (0..<count).map { _ in Choice(parser: AnswerParser(tools: tools)) }
    }

    package mutating func begin() -> [JSONValue] {
        choices.indices.map {
            chunk($0, [.init("role", .string("assistant")), .init("content", .string(""))], scores: [])
        }
    }

    package mutating func take(_ index: Int, _ event: GenerationEvent) -> [JSONValue] {
        var delta: [JSONValue.Member] = []
        var scores: [JSONValue] = []
        if case .token(let token) = event, let score = ChatLogProbabilities.json(token, texts) { scores = [score] }
        var content = choices[index].parser.append(event.text)
        if case .finished(let summary) = event {
            let end = choices[index].parser.finish()
            content += end.content
            choices[index].calls = end.calls
            choices[index].finishReason = end.calls.isEmpty ? summary.stopReason.openAI : "tool_calls"
            choices[index].timings = summary.timings
            if !end.calls.isEmpty { delta.append(.init("tool_calls", .array(Self.numbered(end.calls)))) }
        }
        if !content.isEmpty { delta.insert(.init("content", .string(content)), at: 0) }
        choices[index].content += content
        choices[index].scores += scores
        guard !delta.isEmpty || !scores.isEmpty || choices[index].finishReason != nil else { return [] }
        return [chunk(index, delta, scores: scores)]
    }

    /// Calls as a stream has them: with their place among all.
    private static func numbered(_ calls: [ToolCall]) -> [JSONValue] {
        calls.enumerated().map { index, call in
            .object([.init("index", .integer(index))] + (call.json.members ?? []))
        }
    }

    private func chunk(_ index: Int, _ delta: [JSONValue.Member], scores: [JSONValue]) -> JSONValue {
        let choice = JSONValue.object([
            .init("index", .integer(index)), .init("delta", .object(delta)),
            .init("logprobs", scores.isEmpty ? .null : .object([.init("content", .array(scores))])),
            .init("finish_reason", choices[index].finishReason.map(JSONValue.string) ?? .null),
        ])
        return head.document([.init("choices", .array([choice]))], isChunk: true)
    }

    package func chunk(_ usage: Usage) -> JSONValue {
        head.document([.init("choices", .array([])), .init("usage", usage.json)] + timings, isChunk: true)
    }

    package func whole(_ usage: Usage) -> JSONValue {
        let all = choices.enumerated().map { index, choice in
            var message: [JSONValue.Member] = [
                .init("role", .string("assistant")),
                // Of an answer that only calls, OpenAI's API has no content.
                .init("content", choice.content.isEmpty && !choice.calls.isEmpty ? .null : .string(choice.content)),
            ]
            if !choice.calls.isEmpty { message.append(.init("tool_calls", .array(choice.calls.map(\.json)))) }
            return JSONValue.object([
                .init("index", .integer(index)), .init("message", .object(message)),
                .init("logprobs", hasScores ? .object([.init("content", .array(choice.scores))]) : .null),
                .init("finish_reason", choice.finishReason.map(JSONValue.string) ?? .null),
            ])
        }
        return head.document([.init("choices", .array(all)), .init("usage", usage.json)] + timings, isChunk: false)
    }

    /// How long a single answer took; that of several would be nobody's.
    private var timings: [JSONValue.Member] {
        guard choices.count == 1, let timings = choices[0].timings else { return [] }
        return [.init("timings", timings)]
    }
}
