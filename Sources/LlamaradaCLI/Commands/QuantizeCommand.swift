import ArgumentParser
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

            With --imatrix the weights' errors are made small where they cost most: in columns that multiply large \
            numbers, as 'llamarada imatrix' or llama.cpp's llama-imatrix has measured. It helps most where bits are few.

            <out> appears when it is complete: a process that is killed leaves the old file or none.
            """)

    @Argument(
        help: "The model: a GGUF file, or a folder of Hugging Face's or Meta's.",
        completion: .file(extensions: ["gguf"]))
    var `in`: String

    @Argument(help: "The GGUF file to write.", completion: .file(extensions: ["gguf"]))
    var out: String

    @Argument(help: "How weights are stored.")
    var type: QuantizationPreset

    @OptionGroup var output: ModelOutputOptions

    @Option(
        help: .init("How much each column of the model's matrices matters.", valueName: "file"), completion: .file())
    var imatrix: String?

    @Flag(help: "Only say what each tensor would become.")
    var dryRun = false

    @Flag(help: "Also take weights that were quantised already, whose errors then add up.")
    var allowRequantize = false

    func validate() throws {
        if out.isEmpty { throw ValidationError("The file to write needs a name, not ''.") }
    }

    func run() throws {
        let file = try GGUFFile.open(path: `in`)
        let importance = try imatrix.map { path throws(CheckpointError) in
            (matrix: try ImportanceMatrix(path: path), path: path)
        }
        let plan = try QuantizationPlan(
            type, for: file, allowsRequantization: allowRequantize, importance: importance)
        if dryRun { return try output.show(plan) }
        try output.write(file, plan, to: out, inputs: [`in`] + [imatrix].compactMap { $0 })
    }
}

extension QuantizationPreset: ExpressibleByArgument {
    /// The preset of that name, in any case.
    package init?(argument: String) { self.init(named: argument) }

    /// The names of all presets.
    package static var allValueStrings: [String] { allCases.map(\.name) }
}
