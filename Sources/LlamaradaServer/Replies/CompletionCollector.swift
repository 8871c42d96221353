package import Llamarada
package import LlamaradaTensors
package import LlamaradaText

/// Makes what `/v1/completions` answers.
package struct CompletionCollector: AnswerCollector {
    /// One answer so far.
    private struct Choice {
        /// The prompt, where it belongs to the answer.
        var echo = ""
        var text = ""
        var logProbabilities: CompletionLogProbabilities?
        var finishReason: String?
        var timings: JSONValue?
    }

    private let head: ReplyHead
    private let texts: TokenText
    private var choices: [Choice]

    /// - Parameters:
    ///   - echoes: by answer, the prompt's text where it is wanted.
    ///   - scores: whether log-probabilities are wanted.
    package init(_ head: ReplyHead, _ tokenizer: Tokenizer, echoes: [String], scores: Bool) {
        self.head = head
        texts = TokenText(tokenizer)
        choices = echoes.map { Choice(echo: $0, logProbabilities: scores ? CompletionLogProbabilities() : nil) }
    }

    package mutating func begin() -> [JSONValue] {
        choices.indices.compactMap { index in
            guard !choices[index].echo.isEmpty else { return nil }
            choices[index].text = choices[index].echo
            return chunk(index, choices[index].echo, nil)
        }
    }

    package mutating func take(_ index: Int, _ event: GenerationEvent) -> [JSONValue] {
        var added = choices[index].logProbabilities?.following
        switch event {
        case .prompt(let score):
            for (place, token) in score.tokens.enumerated() {
                let alternatives = score.alternatives.isEmpty ? [] : score.alternatives[place]
                added?.add(token.id, token.logProbability, alternatives, texts)
            }
        case .token(let token): add(token, to: &added)
        case .text, .embedding: break
        case .finished(let summary):
            // Whoever scores an echoed prompt counts on one token behind it, also where that ends the text.
            if let token = summary.endToken { add(token, to: &added) }
            choices[index].finishReason = summary.stopReason.openAI
            choices[index].timings = summary.timings
        }
        choices[index].text += event.text
        if let added { choices[index].logProbabilities?.append(added) }
        if event.text.isEmpty, choices[index].finishReason == nil, added == nil { return [] }
        return [chunk(index, event.text, added)]
    }

    private func add(_ token: GeneratedToken, to list: inout CompletionLogProbabilities?) {
        guard let scores = token.scores else { return }
        list?.add(token.id, scores.logProbability, scores.top, texts)
    }

    private func choice(_ index: Int, _ text: String, _ scores: CompletionLogProbabilities?) -> JSONValue {
        .object([
            .init("index", .integer(index)), .init("text", .string(text)), .init("logprobs", scores?.json ?? .null),
            .init("finish_reason", choices[index].finishReason.map(JSONValue.string) ?? .null),
        ])
    }

    private func chunk(_ index: Int, _ text: String, _ scores: CompletionLogProbabilities?) -> JSONValue {
        head.document([.init("choices", .array([choice(index, text, scores)]))], isChunk: true)
    }

    package func chunk(_ usage: Usage) -> JSONValue {
        head.document([.init("choices", .array([])), .init("usage", usage.json)] + timings, isChunk: true)
    }

    package func whole(_ usage: Usage) -> JSONValue {
        let all = choices.indices.map { choice($0, choices[$0].text, choices[$0].logProbabilities) }
        return head.document([.init("choices", .array(all)), .init("usage", usage.json)] + timings, isChunk: false)
    }

    /// How long a single answer took; that of several would be nobody's.
    private var timings: [JSONValue.Member] {
        guard choices.count == 1, let timings = choices[0].timings else { return [] }
        return [.init("timings", timings)]
    }
}
