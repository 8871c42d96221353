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

    @OptionGroup(title: "Text Options") var prompt: PromptSource
    @OptionGroup(title: "Text Options") var length: LengthArguments
    @OptionGroup(title: "Text Options") var drafts: LookupArguments
    @Option(
        name: [.customLong("np", withSingleDash: true), .long], parsing: .unconditional,
        help: .init(
            "Samples of the prompt, decoded together; with seeds that count up from --seed.", valueName: "count"))
    var parallel = 1

    @Flag(
        name: [.customLong("cnv", withSingleDash: true), .long],
        help: "Converse with the model, the text being the first message: see 'llamarada chat'.")
    var conversation = false

    @OptionGroup(title: "Conversation Options") var talk: ConversationArguments
    @OptionGroup(title: "Model Options") var model: ModelOptions
    @OptionGroup(title: "Sampling Options") var sampling: SamplingArguments
    @OptionGroup(title: "Penalties") var penalties: PenaltyArguments
    @OptionGroup(title: "Other Samplers") var samplers: SamplerArguments
    @OptionGroup(title: "Constraint Options") var constraint: ConstraintArguments

    private var samplingOptions: SamplingOptions { sampling.options(penalties, samplers) }

    func validate() throws {
        if let problem = constraint.problem(ignoresEnd: length.ignoreEos, stops: talk.reversePrompts) {
            throw ValidationError(problem)
        }
        if !(1...LoadOptions.mostSequences ~= parallel) {
            throw ValidationError("-np must be from 1 to \(LoadOptions.mostSequences), not \(parallel).")
        }
        if conversation {
            if parallel != 1 {
                throw ValidationError("-np draws samples of a text; a conversation has none: leave -cnv out.")
            }
            if prompt.special {
                throw ValidationError("--special is for texts; a chat template has its own: leave it out.")
            }
        } else {
            if !prompt.isGiven { throw ValidationError("Give the text with either -p or -f.") }
            if let name = talk.firstGiven { throw ValidationError("\(name) is for conversations: give -cnv, too.") }
        }
    }

    func run() async throws {
        if conversation {
            let setup = ChatSetup(
                model: model, sampling: samplingOptions, length: length, drafts: drafts, conversation: talk,
                constraint: constraint)
            return try await setup.run(first: prompt.given)
        }
        let text = try prompt.bytes()
        let source = try constraint.source()
        try await Interruption.cancelling { try await generate(text, source) }
    }

    private func generate(_ text: [UInt8], _ source: OutputConstraint.Source?) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let language = try await model.load(
            sequences: parallel, textByteCount: text.count, lookup: drafts.lookup)
        let loadSeconds = (clock.now - start) / .seconds(1)
        let tokens = language.tokens(of: text, special: prompt.special)
        var options = options(samplingOptions)
        if let source { options.constraint = try await language.constraint(source) }
        guard parallel == 1 else { return try await generateSamples(language, tokens, options, loadSeconds) }
        var summary: GenerationSummary?
        for try await event in language.generate(tokens, options: options) {
            try StandardOutput.write(event.text)
            if case .finished(let end) = event { summary = end }
        }
        // A file or pipe gets the continuation and nothing else.
        if StandardOutput.isShared { try StandardOutput.write("\n") }
        // Without a summary the generation was cancelled.
        if let summary { StandardOutput.writeError(line: Self.line(loadSeconds, summary)) }
    }

    private func options(_ sampling: SamplingOptions) -> GenerationOptions {
        GenerationOptions(
            maxTokens: length.predict < 0 ? nil : length.predict, sampling: sampling,
            ignoresEndOfText: length.ignoreEos, stopStrings: talk.reversePrompts, lookup: drafts.lookup)
    }

    /// Decodes all samples together and shows them one after the other, each under its seed.
    private func generateSamples(
        _ language: LanguageModel, _ tokens: [TokenID], _ options: GenerationOptions, _ loadSeconds: Double
    ) async throws {
        let seed = samplingOptions.seed ?? UInt64.random(in: 0...UInt64(Int.max))
        let clock = ContinuousClock()
        let start = clock.now
        let samples = try await withThrowingTaskGroup(of: (Int, Sample).self) { group in
            for index in 0..<parallel {
                var options = options
                options.sampling.seed = seed &+ UInt64(index)
                let stream = language.generate(tokens, options: options)
                group.addTask { (index, try await Sample(stream)) }
            }
            var samples = [Sample?](repeating: nil, count: parallel)
            for try await (index, sample) in group { samples[index] = sample }
            return samples.compactMap { $0 }
        }
        let seconds = (clock.now - start) / .seconds(1)
        for (index, sample) in samples.enumerated() {
            try StandardOutput.write(
                "== \(index + 1) of \(parallel), seed \(seed &+ UInt64(index)) ==\n\(sample.text)\n")
        }
        let count = samples.reduce(0) { $0 + $1.count }
        StandardOutput.writeError(
            line: "load \(HumanUnits.fixed(loadSeconds, digits: 2)) s, \(parallel) samples of \(tokens.count) + "
                + "\(count) tokens in \(HumanUnits.fixed(seconds, digits: 2)) s, "
                + "\(HumanUnits.fixed(Double(count) / max(seconds, 1e-9), digits: 2)) tokens/s")
    }

    /// A whole answer.
    private struct Sample {
        var text = ""
        var count = 0

        init(_ stream: GenerationStream) async throws {
            for try await event in stream {
                text += event.text
                if case .token = event { count += 1 }
            }
        }
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
            + summary.draftsLine + reason
    }
}
