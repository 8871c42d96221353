import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaTensors

/// `llamarada synth`: writes a model of random weights.
struct SynthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synth",
        abstract: "Write a model with random weights, to measure speed where no real one is at hand.",
        discussion: """
            7B and 13B have exactly LLaMA 1's shapes, 1B has TinyLlama's (22 layers of 2048, 32 heads over 4), and tiny \
            runs in seconds. Answers are gibberish of printable ASCII.
            """)

    @Option(help: "The shape: \(SyntheticShape.all.map(\.name).joined(separator: ", ")).")
    var size: SyntheticShape

    @Option(help: "How weights are stored: \(WeightMixture.all.map(\.name).joined(separator: ", ")).")
    var type: SyntheticType

    @Option(help: "The kind of file: gguf.")
    var format: SyntheticFormat = .gguf

    @Option(
        name: [.customShort("s"), .long], parsing: .unconditional,
        help: "Start of the random sequence; the same gives the same file.", transform: Self.seed)
    var seed: UInt64 = 0

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Argument(help: "The file to write.", completion: .file(extensions: ["gguf"]))
    var out: String

    private static func seed(_ text: String) throws -> UInt64 {
        guard let seed = UInt64(text) else {
            throw ValidationError("a seed must be from 0 to \(UInt64.max), not '\(text)'.")
        }
        return seed
    }

    func validate() throws {
        if out.isEmpty { throw ValidationError("The file to write needs a name, not ''.") }
        if format == .meta {
            throw ValidationError(
                "--format meta is not there yet: this version neither writes nor reads Meta's checkpoints. Use --format gguf."
            )
        }
    }

    func run() throws {
        let model = SyntheticModel(shape: size, mixture: type.mixture, seed: seed)
        let interruption = Interruption()
        let file = try OutputFile.open(
            out, as: "<out>", inputs: [], replacing: force ? .anything : .emptyFiles)
        let bar = ProgressBar("writing")
        defer { bar.clear() }
        try model.write(to: file) { done, total in
            try interruption.check()
            bar.show(done, of: total)
        }
        try file.commit(check: interruption.check)
    }
}
