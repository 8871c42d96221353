import Llamarada
import LlamaradaTensors
import LlamaradaText

/// Writes the tensors of one side of a comparison as a trace: a safetensors file a pass, and a manifest.
final class TensorDump {
    private let outline: DecoderOutline
    private let about: [(key: String, value: String)]
    private var manifest: TraceManifest
    // The files close before their folder does.
    private var manifestFile: AtomicOutputFile?
    private var writer: SafetensorsWriter?
    private var failure: (any Error)?
    private let folder: OutputFolder

    /// Opens the manifest.
    ///
    /// - Parameters:
    ///   - about: where the tensors are from, in words.
    init(
        _ folder: OutputFolder, _ outline: DecoderOutline, tokens: [TokenID], about: [(key: String, value: String)]
    ) throws(CheckpointError) {
        self.folder = folder
        self.outline = outline
        self.about = about
        manifest = TraceManifest(tokens: tokens)
        manifest.about = about
        manifestFile = try folder.file(TraceManifest.fileName)
    }

    deinit { (manifestFile, writer) = (nil, nil) }

    /// A pass begins.
    func begin(_ pass: Comparison.Pass) throws {
        let number = String(manifest.passes.count)
        let padding = String(repeating: "0", count: max(0, 4 - number.count))
        let name = "pass-\(padding)\(number)-\(pass.phase.rawValue).safetensors"
        manifest.passes.append(.init(file: name, position: pass.position, tokenCount: pass.tokens.count))
        writer = try SafetensorsWriter(
            try folder.file(name), names: outline.steps.map(\.point.traceName),
            metadata: about + [("format", "pt")])
    }

    /// Takes the next tensor; a failure is thrown by `end`.
    func write(_ tensor: TappedTensor) {
        guard failure == nil else { return }
        let matrix = tensor.matrix
        do {
            try writer?.add(tensor.point.traceName, shape: [matrix.rows, matrix.columns], matrix.values)
            manifest.passes[manifest.passes.count - 1].tensors.append(tensor.point.traceName)
        } catch { failure = error }
    }

    /// The pass is complete.
    func end() throws {
        if let failure { throw failure }
        try writer?.finish()
        writer = nil
    }

    /// All passes are.
    func finish() throws {
        guard let manifestFile else { return }
        try Array((manifest.json.encoded + "\n").utf8).withUnsafeBytes { try manifestFile.write($0) }
        try manifestFile.commit()
        folder.commit()
    }
}
