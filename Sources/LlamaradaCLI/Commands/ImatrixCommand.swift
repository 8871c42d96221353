import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada imatrix`: which columns of a model's matrices matter, for `quantize`.
struct ImatrixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imatrix",
        abstract: "Measure which columns of a model's matrices matter, for 'quantize --imatrix'.",
        discussion: """
            The model runs over a text, in chunks of -c tokens (512 unless given), and the squares of what each column \
            multiplies are summed. Take a text like those that the model will see; some hundred chunks are plenty. The \
            file is in llama.cpp's format, a GGUF file, and its llama-quantize takes it too.

            <out> may not lie in the folder of the model, and appears when it is complete: a process that is killed leaves the old file or none.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: [.customShort("f"), .long], help: "A file with the text.", completion: .file())
    var file: String

    @Option(
        name: [.customShort("o"), .customLong("output")], help: .init("The file to write.", valueName: "out"),
        completion: .file(extensions: ["gguf"]))
    var out: String = "imatrix.gguf"

    @Option(help: "Most chunks to run; -1 takes all.")
    var chunks: Int = -1

    @Flag(help: "Also measure the head, which is left out because it keeps more bits anyway.")
    var processOutput = false

    @Flag(help: "Replace a file that is there already.")
    var force = false

    private static let defaultContext = 512

    func validate() throws {
        guard chunks == -1 || chunks > 0 else { throw ValidationError("--chunks must be -1 (all) or more than 0.") }
        if let context = model.ctxSize, 1...3 ~= context { throw ValidationError("-c must be 4 or more here.") }
    }

    func run() throws {
        let interruption = Interruption.ending()
        let text = String(decoding: try TextFile.read(file), as: UTF8.self)
        let loader = try ModelLoader(path: model.model)
        let output = try output(loader)
        var options = model.loadOptions
        let length = model.ctxSize == 0 ? loader.configuration.contextLength : model.ctxSize ?? Self.defaultContext
        options.contextLength = length
        let loading = LoadingBar(interruption)
        defer { loading.clear() }
        let transformer = try loader.transformer(options, progress: loading.show)
        loading.clear()
        LoadingBar.warn("-c", length, trained: loader.configuration.contextLength)
        let bar = ProgressBar("measuring", unit: "chunks")
        defer { bar.clear() }
        let start = ContinuousClock.now
        let matrix = try ImportanceCollector(loader, transformer).collect(
            .init(
                text: text, dataset: file, chunkLength: length, limit: chunks < 0 ? nil : chunks,
                includesHead: processOutput)
        ) { done, total in
            try interruption.check()
            bar.show(done, of: total)
        }
        try matrix.write(to: output)
        try output.commit(check: interruption.check)
        bar.clear()
        let seconds = HumanUnits.fixed(start.duration(to: .now) / .seconds(1), digits: 1)
        StandardOutput.writeError(
            line: "\(out): \(matrix.entries.count) matrices, over \(matrix.chunkCount) chunks of "
                + "\(matrix.chunkLength) tokens, in \(seconds) s.")
    }

    private func output(_ loader: ModelLoader) throws -> AtomicOutputFile {
        try OutputFile.checkIsOutside([model.model], OutputTarget(path: out), as: "-o")
        return try OutputFile.open(
            out, as: "-o", inputs: [model.model, file] + loader.file.parts.map(\.path),
            replacing: force ? .anything : .emptyFiles)
    }
}
