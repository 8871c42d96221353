package import Llamarada
import LlamaradaErrors
package import LlamaradaTensors
package import LlamaradaText

/// A folder of tensors that something else computed of the same model: what `TensorDump` writes, or anyone's own.
package struct Trace: Sendable {
    package let path: String
    let manifest: TraceManifest
    let outline: DecoderOutline
    private let configuration: ModelConfiguration

    package var tokens: [TokenID] { manifest.tokens }
    /// What computed it, where the manifest says.
    var side: String? { manifest["side"] }

    /// Opens a folder and checks its manifest and the header of every file.
    ///
    /// Throws `CheckpointError` naming the file and the tensor, what was expected and what was found.
    package init(path: String, configuration: ModelConfiguration) throws(CheckpointError) {
        self.path = path
        self.configuration = configuration
        outline = DecoderOutline(configuration)
        manifest = try TraceManifest(folder: path, vocabularySize: configuration.vocabularySize)
        var count = 0
        for pass in manifest.passes { count += try open(pass).tensors.count }
        guard count > 0 else {
            throw CheckpointError(
                .invalid, file: path, problem: "expected at least one tensor in its files, found none",
                remedy: .other("Nothing compared is no agreement"))
        }
    }

    /// The passes that its tensors are of.
    var passes: [Comparison.Pass] {
        manifest.passes.map { pass in
            Comparison.Pass(
                phase: pass.phase, tokens: Array(tokens[pass.position..<pass.position + pass.tokenCount]),
                position: pass.position)
        }
    }

    /// Opens the file of a pass: every tensor is one of the model's and has its shape.
    func open(_ pass: TraceManifest.Pass) throws(CheckpointError) -> SafetensorsFile {
        let path = OutputFolder.join(path, pass.file)
        let file = try SafetensorsFile(source: try ModelFile(path: path, as: "trace"))
        for tensor in file.tensors {
            guard let point = outline.point(named: tensor.name) else {
                throw CheckpointError(
                    .invalid, file: path,
                    problem: "tensor \(tensor.name.quoted()): expected a tensor of this model's forward pass",
                    remedy: .other("See the names that a dump has"))
            }
            let shape = [pass.tokenCount, point.activation.columns(configuration)]
            guard tensor.shape == shape else {
                throw CheckpointError(
                    .invalid, file: path,
                    problem: "tensor \(tensor.name.quoted()): expected the shape \(shape), found \(tensor.shape)",
                    remedy: .other("Take a trace of this model"))
            }
        }
        return file
    }
}
