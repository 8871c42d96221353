import ArgumentParser
import Glibc
import Llamarada

/// `llamarada run`: continues a text.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Continue a text: the continuation goes to stdout, speeds to stderr.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var sampling: SamplingArguments

    @OptionGroup var prompt: PromptArguments

    @Option(name: [.customShort("n"), .customLong("predict")], help: "Most tokens to generate; -1 has no limit.")
    var predict: Int = -1

    @Flag(help: "Go on past the end of the text.")
    var ignoreEos = false

    func validate() throws {
        if predict < -1 { throw ValidationError("-n must be -1 (no limit) or more, not \(predict).") }
    }

    func run() async throws {
        let text = try prompt.text()
        let options = GenerationOptions(
            maxTokens: predict < 0 ? nil : predict, sampling: sampling.options, parsesSpecial: prompt.special,
            ignoresEndOfText: ignoreEos)
        let interruption = Interruption()
        let clock = ContinuousClock()
        let start = clock.now
        let bar = ProgressBar("loading")
        let language = try await LanguageModel.load(model.model, options: model.loadOptions) { progress in
            bar.show(progress.loadedByteCount, of: progress.totalByteCount)
        }
        bar.clear()
        let loadSeconds = (clock.now - start) / .seconds(1)
        try interruption.check()

        var summary: GenerationSummary?
        for try await token in language.generate(text, options: options) {
            try StandardOutput.write(token.text)
            summary = token.summary ?? summary
            try interruption.check()
        }
        guard let summary else { return }
        try StandardOutput.write("\n")
        StandardOutput.writeError(line: Self.line(loadSeconds, summary))
    }

    /// The one line at the end; the stop reason joins it where it is not one that was asked for.
    static func line(_ loadSeconds: Double, _ summary: GenerationSummary) -> String {
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

/// Where a prompt comes from.
struct PromptArguments: ParsableArguments {
    @Option(name: [.customShort("p"), .long], help: "The text.")
    var prompt: String?

    @Option(name: [.customShort("f"), .long], help: "A file with the text.", completion: .file())
    var file: String?

    @Flag(help: "Take special tokens written in the text, such as <|im_start|>, as such.")
    var special = false

    func validate() throws {
        if (prompt == nil) == (file == nil) { throw ValidationError("Give the text with either -p or -f.") }
    }

    func text() throws -> String {
        if let prompt { return prompt }
        return try TextFile.read(file ?? "")
    }
}

/// Sampling options; names and defaults are llama.cpp's.
struct SamplingArguments: ParsableArguments {
    @Option(help: "Temperature; 0 always takes the likeliest token.")
    var temp: Float = 0.8
    @Option(help: "Only this many of the likeliest tokens; 0 keeps all.")
    var topK: Int = 40
    @Option(help: "Only the likeliest tokens whose probabilities reach this together; 1 keeps all.")
    var topP: Float = 0.95
    @Option(help: "Only tokens at least this fraction as likely as the likeliest; 0 keeps all.")
    var minP: Float = 0.05
    @Option(help: "Makes tokens of the recent text less likely; 1 does nothing.")
    var repeatPenalty: Float = 1
    @Option(name: .customLong("repeat-last-n"), help: "Recent tokens that the penalty sees; -1 is all.")
    var repeatLastN: Int = 64
    @Option(name: [.customShort("s"), .long], help: "Start of the random sequence; -1 takes a new one.")
    var seed: Int = -1

    var options: SamplingOptions {
        SamplingOptions(
            temperature: temp, topK: topK, topP: topP, minP: minP, repeatPenalty: repeatPenalty,
            repeatLastN: repeatLastN, seed: seed < 0 ? nil : UInt64(seed))
    }

    func validate() throws {
        if seed < -1 { throw ValidationError("--seed must be -1 (a new one each time) or more, not \(seed).") }
        if let problem = options.validate() { throw ValidationError("\(problem).") }
    }
}
