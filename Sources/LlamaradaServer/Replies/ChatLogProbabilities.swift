import Llamarada
import LlamaradaTensors

/// The log-probabilities of `/v1/chat/completions`: an object for each token.
enum ChatLogProbabilities {
    /// A token with those that were likely in its place.
    static func json(_ token: GeneratedToken, _ texts: TokenText) -> JSONValue? {
        guard let scores = token.scores else { return nil }
        let top = scores.top.map { JSONValue.object(members($0.id, $0.logProbability ?? 0, texts)) }
        return .object(members(token.id, scores.logProbability, texts) + [.init("top_logprobs", .array(top))])
    }

    private static func members(_ id: Int32, _ logProbability: Double, _ texts: TokenText) -> [JSONValue.Member] {
        [
            .init("token", .string(texts[id])), .init("logprob", .number(logProbability)),
            .init("bytes", texts.bytes(id)),
        ]
    }
}
