import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada perplexity`: how well a model predicts a text, and how far it is from a base model.
struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measure how well a model predicts a text, or how it differs from a base model.",
        discussion: """
            The text is cut into chunks of -c tokens (512 unless given), and the second half of each is scored, as \
            llama.cpp does. With --kl-divergence-base the log-probabilities are saved as well, 2 bytes a token of the \
            vocabulary and scored position; with --kl-divergence, another model is then compared with them.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: [.customShort("f"), .long], help: "A file with the text.", completion: .file())
    var file: String?

    @Option(help: "Most chunks to evaluate; -1 takes all.")
    var chunks: Int = -1

    @Option(
        name: [.customLong("kl-divergence-base"), .customLong("save-all-logits")],
        help: "Where the base's log-probabilities are saved, or with --kl-divergence read.", completion: .file())
    var base: String?

    @Flag(help: "Compare the model with the base, over the base's text.")
    var klDivergence = false

    @Flag(help: "Let --kl-divergence-base replace a model file.")
    var force = false

    @Flag(help: "Print one JSON object at the end.")
    var json = false

    private static let defaultContext = 512

    func validate() throws {
        guard chunks == -1 || chunks > 0 else { throw ValidationError("--chunks must be -1 (all) or more than 0.") }
        if let context = model.ctxSize, 1...3 ~= context { throw ValidationError("-c must be 4 or more here.") }
        if klDivergence {
            if base == nil { throw ValidationError("--kl-divergence needs --kl-divergence-base.") }
            if file != nil { throw ValidationError("--kl-divergence takes its text from the base; leave -f out.") }
        } else if file == nil {
            throw ValidationError("Give the text with -f.")
        }
    }

    func run() async throws {
        if klDivergence { try await compare() } else { try await evaluate() }
    }

    private var limit: Int? { chunks < 0 ? nil : chunks }

    /// The chunks' length: 0 is the context that the model was trained for.
    private func contextLength() throws -> Int {
        guard model.ctxSize == 0 else { return model.ctxSize ?? Self.defaultContext }
        return try ModelConfiguration(gguf: GGUFFile.open(path: model.model)).contextLength
    }

    private func evaluate() async throws {
        let text = String(decoding: try TextFile.read(file ?? ""), as: UTF8.self)
        let interruption = Interruption()
        let saved = try base.map { path in
            try OutputFile.open(
                path, as: "--kl-divergence-base", inputs: [model.model, file],
                replacing: force ? .anything : .allButModels)
        }
        let language = try await model.load(contextLength: contextLength(), until: interruption)
        let isShown = !json
        let estimates = try await language.perplexity(
            of: text, limit: limit, savingBaseIn: saved, check: interruption.check
        ) { estimate in
            try interruption.check()
            guard isShown else { return }
            try StandardOutput.write("[\(estimate.chunk)]\(HumanUnits.fixed(estimate.perplexity, digits: 4)),")
        }
        // A base that can't be written does not take the printed result along.
        let written = Result { try saved?.commit(check: interruption.check) }
        let report = PerplexityReport(model: model.model, estimates: estimates)
        try StandardOutput.write(json ? report.json.text + "\n" : "\n" + report.text + "\n")
        _ = try written.get()
    }

    private func compare() async throws {
        let base = try LogitsBaseFile(path: base ?? "")
        if let context = model.ctxSize, context != 0, context != base.contextLength {
            throw ValidationError(
                "The base has chunks of \(base.contextLength) tokens; -c says \(context). Leave it out.")
        }
        let interruption = Interruption()
        let language = try await model.load(contextLength: base.contextLength, until: interruption)
        let isShown = !json
        let report = try await language.divergence(from: base, limit: limit, check: interruption.check) {
            chunk, summary in
            try interruption.check()
            guard isShown else { return }
            let header = chunk == 1 ? DivergenceText.header + "\n" : ""
            try StandardOutput.write(header + DivergenceText.row(chunk, summary) + "\n")
        }
        let text = DivergenceText(model: model.model, report: report)
        try StandardOutput.write(json ? text.json.text + "\n" : "\n" + text.text + "\n")
    }
}
