import Llamarada
import LlamaradaTensors

/// What every command shows while a model loads, and how a signal ends that.
final class LoadingBar: Sendable {
    private let bar = ProgressBar("loading")
    private let interruption: Interruption?

    /// Makes a bar that nobody sees yet.
    ///
    /// - Parameters:
    ///   - interruption: the signals that end the loading; nil where they cancel its task or end the process.
    init(_ interruption: Interruption? = nil) { self.interruption = interruption }

    /// Draws how far loading is; throws `Signalled` once a signal came.
    @Sendable func show(_ progress: LoadProgress) throws {
        try interruption?.check()
        bar.show(progress.loadedByteCount, of: progress.totalByteCount)
    }

    /// Erases the bar.
    func clear() { bar.clear() }

    /// Warns of a context of more tokens than the model was trained for; `name` is what set it.
    static func warn(_ name: String, _ tokens: Int, trained: Int) {
        guard tokens > trained else { return }
        StandardOutput.writeError(
            line: "warning: \(name) \(tokens) is more than the \(trained) tokens that the model was trained for; "
                + "beyond them its text is likely to be poor.")
    }

    /// Warns of a test of more tokens than the model was trained for, whose speed alone matters.
    static func warn(test tokens: Int, of path: String, trained: Int) {
        guard tokens > trained else { return }
        StandardOutput.writeError(
            line: "warning: \(path.escapingControls): a test has \(tokens) tokens, more than the \(trained) that the "
                + "model was trained for.")
    }
}
