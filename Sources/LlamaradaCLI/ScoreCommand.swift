import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaTensors
import LlamaradaText

/// `llamarada score`: how likely a model finds a text.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Print the log-probability of every token of a text, and the likeliest next tokens.",
        discussion: "Log-probabilities are natural logarithms. The first token has none: nothing stands before it.")

    @OptionGroup(title: "Text Options") var prompt: PromptArguments

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model Options") var model: ModelOptions

    /// The 10 likeliest tokens are shown.
    private static let topCount = 10

    func run() async throws {
        let text = try prompt.bytes()
        try await Interruption.cancelling { try await score(text) }
    }

    private func score(_ text: [UInt8]) async throws {
        let language = try await model.load(textByteCount: text.count)
        let score = try await language.score(
            language.tokens(of: text, special: prompt.special), top: Self.topCount)
        let report = ScoreReport(score: score, vocabulary: language.tokenizer.vocabulary)
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }
}

/// A score as text or JSON; pieces are the vocabulary's raw ones.
struct ScoreReport {
    let score: TextScore
    let vocabulary: Vocabulary

    var json: JSON {
        .object([
            ("tokens", .array(score.tokens.map(json))),
            ("nll", .number(score.negativeLogLikelihood)),
            ("top", .array(score.top.map(json))),
        ])
    }

    var text: String {
        var table = TextTable([.right, .right, .left])
        table.add("id", "logprob", "piece")
        for token in score.tokens { add(token, to: &table) }
        var top = TextTable([.right, .right, .left])
        for token in score.top { add(token, to: &top) }
        let nll = HumanUnits.fixed(score.negativeLogLikelihood, digits: 4)
        return "\(table.text)\nnegative log-likelihood \(nll) nats\n\nLikeliest next tokens\n\(top.text)\n"
    }

    private func add(_ token: TextScore.Token, to table: inout TextTable) {
        table.add(
            "\(token.id)", token.logProbability.map { HumanUnits.fixed($0, digits: 4) } ?? "–",
            piece(token.id).escapingControls)
    }

    private func json(_ token: TextScore.Token) -> JSON {
        .object([
            ("id", .integer(Int(token.id))), ("piece", .string(piece(token.id))),
            ("logprob", token.logProbability.map { .number($0) } ?? .null),
        ])
    }

    private func piece(_ id: TokenID) -> String {
        String(decoding: vocabulary.contains(id) ? vocabulary.pieces[Int(id)] : [], as: UTF8.self)
    }
}
