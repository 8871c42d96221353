import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada compare`: every intermediate tensor of one engine or file against another's.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare every intermediate tensor with the CPU reference, another device, another file or your own.",
        discussion: """
            The same tokens run through both sides. Every operation is also run alone on the other side's input, which \
            tells the operation that is wrong from those that only pass an error on. The exit status is 1 where the \
            two sides differ by more than they may.
            """)

    @OptionGroup var options: CompareOptions
    @OptionGroup var prompt: PromptSource

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(name: [.short, .long], help: "Print every tensor, not only the worst layer of each operation.")
    var verbose = false

    @Option(help: "Write a page with a heat map to this file.", completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "Let --html replace a model file.")
    var force = false

    func validate() throws {
        let isTraced = options.trace != nil
        if isTraced && (prompt.isGiven || prompt.special) {
            throw ValidationError("-p, -f and --special do not go with --trace, which has tokens of its own.")
        }
        if !isTraced && !prompt.isGiven { throw ValidationError("Give the text with either -p or -f.") }
    }

    func run() async throws {
        let interruption = Interruption.ending()
        let page = try html.map { path in
            try OutputFile.open(
                path, as: "--html", inputs: [options.model, options.against, prompt.given.file],
                replacing: force ? .anything : .allButModels)
        }
        let text = options.trace == nil ? try prompt.text() : ""
        var request = options.request(text, parsesSpecial: prompt.special)
        request.dump = try options.dump.map { try OutputFile.openFolder($0, as: "--dump") }
        let bar = ProgressBar("comparing", unit: "tensors")
        let loading = LoadingBar()
        defer { loading.clear() }
        request.loading = loading.show
        let report: ComparisonReport
        do {
            report = try await request.run { bar.show($0, of: $1) }
        } catch {
            request.dump?.abandon()
            throw error
        }
        bar.clear()
        let view = CompareReport(report, build: BuildInfo.stamp)
        // A page that can't be written does not take the printed result along.
        let written = Result {
            try page.map { try OutputFile.write(view.page.text, to: $0, check: interruption.check) }
        }
        try StandardOutput.write(json ? view.json.text + "\n" : view.text(verbose: verbose))
        _ = try written.get()
        if !report.result.passes { throw ExitCode(ExitStatus.comparisonFailed) }
    }
}
