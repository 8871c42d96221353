import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaReports
import LlamaradaText

/// `llamarada run`: continues a text.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Continue a text: the continuation goes to stdout, speeds to stderr.",
        discussion: """
            Ends where the model ends the text, after -n tokens, or when prompt and answer fill the context (-c), which \
            the last line says. Ctrl-C ends it within a token.
            """)

    @OptionGroup(title: "Text Options") var prompt: PromptArguments
    @OptionGroup(title: "Text Options") var length: LengthArguments
    @OptionGroup(title: "Model Options") var model: ModelOptions
    @OptionGroup(title: "Sampling Options") var sampling: SamplingArguments

    func run() async throws {
        let text = try prompt.bytes()
        try await Interruption.cancelling { try await generate(text) }
    }

    private func generate(_ text: [UInt8]) async throws {
        let options = GenerationOptions(
            maxTokens: length.predict < 0 ? nil : length.predict, sampling: sampling.options,
            ignoresEndOfText: length.ignoreEos)
        let clock = ContinuousClock()
        let start = clock.now
        let language = try await model.load(textByteCount: text.count)
        let loadSeconds = (clock.now - start) / .seconds(1)
        var summary: GenerationSummary?
        for try await token in language.generate(language.tokens(of: text, special: prompt.special), options: options) {
            try StandardOutput.write(token.text)
            summary = token.summary ?? summary
        }
        // A file or pipe gets the continuation and nothing else.
        if StandardOutput.isShared { try StandardOutput.write("\n") }
        // Without a summary the generation was cancelled.
        if let summary { StandardOutput.writeError(line: Self.line(loadSeconds, summary)) }
    }

    /// The one line at the end; the stop reason joins it where it is not one that was asked for.
    private static func line(_ loadSeconds: Double, _ summary: GenerationSummary) -> String {
        func rate(_ count: Int, _ seconds: Double) -> String {
            HumanUnits.fixed(seconds > 0 ? Double(count) / seconds : 0, digits: 2)
        }
        let reason = summary.stopReason == .contextFull ? " (stopped: the context is full; see -c)" : ""
        return "load \(HumanUnits.fixed(loadSeconds, digits: 2)) s, "
            + "prompt \(summary.promptTokens) tokens \(rate(summary.promptTokens, summary.promptSeconds)) tokens/s, "
            + "decode \(summary.decodedTokens) tokens \(rate(summary.decodedTokens, summary.decodeSeconds)) tokens/s"
            + reason
    }
}
