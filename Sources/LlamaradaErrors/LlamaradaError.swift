/// The one shape of every error of Llamarada: its kind, what failed and where, and what helps.
public protocol LlamaradaError: Error, Sendable, CustomStringConvertible {
    /// Kinds of the error, for code that reacts to them.
    associatedtype Code: Sendable, Hashable

    /// The kind of the error.
    var code: Code { get }
    /// The file that it is about, as the caller named it; empty where it is about none.
    var file: String { get }
    /// What failed, what was expected and what was found: one line without a final stop.
    var problem: String { get }
    /// What to do about it.
    var remedy: Remedy { get }
}

extension LlamaradaError {
    /// One line: where, what failed, and what to do in the words of `spelling`.
    public func line(spelling: (Remedy) -> Phrase) -> String {
        let place = file.isEmpty ? "" : "\(file): "
        let sentence = remedy.sentence(spelling: spelling)
        return place + problem + "." + (sentence.isEmpty ? "" : " \(sentence).")
    }

    /// No file: most errors are about none.
    public var file: String { "" }
}
