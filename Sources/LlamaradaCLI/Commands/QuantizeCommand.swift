import ArgumentParser
import Llamarada
import LlamaradaReports
import LlamaradaTensors

/// `llamarada quantize IN OUT TYPE`: a model with its matrices in another type.
struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a model with its weights in fewer bits.",
        discussion: """
            TYPE is \(QuantizationPreset.allCases.map(\.name).joined(separator: ", ")). Those that end in _S, _M or _L, and \
            Q2_K and IQ4_NL, mix types: finer ones where an error costs most, the same as llama.cpp chooses. Rows that \
            256 does not divide get a type of blocks of 32. Norms and biases are copied.

            <out> appears when it is complete: a process that is killed leaves the old file or none.
            """)

    @Argument(help: "The model: a GGUF file.", completion: .file(extensions: ["gguf"]))
    var `in`: String

    @Argument(help: "The GGUF file to write.", completion: .file(extensions: ["gguf"]))
    var out: String

    @Argument(help: "How weights are stored.")
    var type: QuantizationPreset

    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: .init("Threads. (default: every processor)", valueName: "count"))
    var threads: Int?

    @Flag(help: "Only say what each tensor would become.")
    var dryRun = false

    @Flag(help: "Also take weights that were quantised already, whose errors then add up.")
    var allowRequantize = false

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Flag(help: "Print one JSON object: every tensor, and the sizes.")
    var json = false

    func validate() throws {
        if out.isEmpty { throw ValidationError("The file to write needs a name, not ''.") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
    }

    func run() throws {
        let file = try GGUFFile.open(path: `in`)
        let plan = try QuantizationPlan(type, for: file, allowsRequantization: allowRequantize)
        let report = QuantizationReport(plan)
        if dryRun { return try StandardOutput.write(json ? report.json.text + "\n" : report.text) }
        if let note = report.fallbackNote { StandardOutput.writeError(line: "note: \(note).") }
        try write(file, plan)
        if json { try StandardOutput.write(report.json.text + "\n") }
    }

    private func write(_ file: GGUFFile, _ plan: QuantizationPlan) throws {
        let interruption = Interruption()
        let output = try OutputFile.open(
            out, as: "<out>", inputs: file.parts.map(\.path), replacing: force ? .anything : .emptyFiles)
        let quantizer = ModelQuantizer(file, plan: plan, threads: threads ?? LoadOptions.defaultThreads)
        let bar = ProgressBar("quantizing")
        defer { bar.clear() }
        let start = ContinuousClock.now
        try quantizer.write(to: output) { done, total in
            try interruption.check()
            bar.show(done, of: total)
        }
        try output.commit(check: interruption.check)
        bar.clear()
        let seconds = max(start.duration(to: .now) / .seconds(1), 1e-3)
        let rate = HumanUnits.bytes(Int(Double(plan.byteCounts.before) / seconds))
        StandardOutput.writeError(
            line: "\(QuantizationReport(plan).summary), in \(HumanUnits.fixed(seconds, digits: 1)) s (\(rate)/s).")
    }
}

extension QuantizationPreset: ExpressibleByArgument {
    /// The preset of that name, in any case.
    package init?(argument: String) { self.init(named: argument) }

    /// The names of all presets.
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
