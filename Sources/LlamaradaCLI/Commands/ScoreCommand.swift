import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaReports
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
