import Llamarada

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

    /// Warns where there are more tokens than the model was trained for; `what` stands before their number.
    static func warn(_ what: String, _ tokens: Int, trained: Int, _ consequence: String = "") {
        guard tokens > trained else { return }
        StandardOutput.writeError(
            line: "warning: \(what) \(tokens) is more than the \(trained) tokens that the model was trained for"
                + "\(consequence).")
    }
}
