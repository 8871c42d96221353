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

    @Option(help: "A gguf file, or a folder as Meta (meta) or Hugging Face (hf) publish models: F32, F16 or BF16.")
    var format: SyntheticFormat = .gguf

    @Option(help: "Files of weights in a folder: 1, 2, 4 or 8.")
    var shards: Int?

    @Option(
        name: [.customShort("s"), .long], parsing: .unconditional,
        help: "Start of the random sequence; the same gives the same file.", transform: Self.seed)
    var seed: UInt64 = 0

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Argument(help: "The file or folder to write.", completion: .file(extensions: ["gguf"]))
    var out: String

    private static func seed(_ text: String) throws -> UInt64 {
        guard let seed = UInt64(text) else {
            throw ValidationError("a seed must be from 0 to \(UInt64.max), not '\(text)'.")
        }
        return seed
    }

    func validate() throws {
        if out.isEmpty { throw ValidationError("The file to write needs a name, not ''.") }
        if format == .gguf, shards != nil { throw ValidationError("--shards is for folders: --format meta or hf.") }
        if let shards, !SyntheticFolder.shardCounts.contains(shards) {
            throw ValidationError("--shards must be 1, 2, 4 or 8, not \(shards).")
        }
        if format != .gguf {
            guard type.mixture == WeightMixture(type.mixture.base), SyntheticFolder.types.contains(type.mixture.base)
            else {
                throw ValidationError("--format \(format.rawValue) takes --type F32, F16 or BF16.")
            }
            if force { throw ValidationError("--force replaces files; a folder must be new or empty.") }
        }
    }

    func run() throws {
        guard format == .gguf else { return try writeFolder() }
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

    private func writeFolder() throws {
        let model = SyntheticFolder(
            format == .meta ? .meta : .huggingFace, shape: size, type: type.mixture.base, shardCount: shards ?? 1,
            seed: seed)
        let interruption = Interruption()
        let folder = try OutputFile.openFolder(out, as: "<out>")
        let bar = ProgressBar("writing")
        defer { bar.clear() }
        try model.write(to: folder) { done, total in
            try interruption.check()
            bar.show(done, of: total)
        }
        try interruption.check()
        folder.commit()
    }
}
