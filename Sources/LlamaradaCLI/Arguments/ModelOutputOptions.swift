import ArgumentParser
import Llamarada
import LlamaradaReports
import LlamaradaTensors

/// Options of the commands that write a model from another one.
struct ModelOutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("t"), .long], parsing: .unconditional,
        help: .init("Threads. (default: every processor)", valueName: "count"))
    var threads: Int?

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Flag(help: "Print one JSON object: every tensor, and the sizes.")
    var json = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("-t must be from 1 to 1024, not \(threads).")
        }
    }

    /// Prints what would be written.
    func show(_ plan: QuantizationPlan) throws {
        let report = QuantizationReport(plan)
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }

    /// Writes a model, with a progress bar where stderr is a terminal; it appears under its name when it is complete.
    ///
    /// - Parameter inputs: what the command was given to read.
    func write(_ file: GGUFFile, _ plan: QuantizationPlan, to out: String, inputs: [String]) throws {
        try check(out, inputs)
        let report = QuantizationReport(plan)
        for note in [report.fallbackNote, report.importanceNote].compactMap({ $0 }) {
            StandardOutput.writeError(line: "note: \(note).")
        }
        let interruption = Interruption()
        let output = try OutputFile.open(
            out, as: "<out>", inputs: inputs + file.parts.map(\.path), replacing: force ? .anything : .emptyFiles)
        let quantizer = ModelQuantizer(file, plan: plan, threads: threads ?? LoadOptions.defaultThreads)
        let bar = ProgressBar("writing")
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
            line: "\(report.summary), in \(HumanUnits.fixed(seconds, digits: 1)) s (\(rate)/s).")
        if json { try show(plan) }
    }

    /// Refuses outputs that would be mixed with the report or lie among the files of a model that is read.
    private func check(_ out: String, _ inputs: [String]) throws {
        let target = try OutputTarget(path: out)
        if json, target.isStandardOutput {
            throw UsageError(line: "--json: the model goes to standard output. Name a file, or leave --json out.")
        }
        try OutputFile.checkIsOutside(inputs, target, as: "<out>")
    }
}
