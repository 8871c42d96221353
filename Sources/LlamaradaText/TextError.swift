public import LlamaradaErrors

/// A vocabulary or a tokenizer setting that cannot be used.
public struct TextError: LlamaradaError, Equatable {
    /// The kind of fault; more may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, as printed.
        public let description: String

        /// The vocabulary contradicts itself or lacks what its model needs.
        public static let invalidVocabulary = Code(description: "invalid vocabulary")
        /// The file asks for a tokenizer that this build does not have.
        public static let unsupported = Code(description: "unsupported")
    }

    /// The kind of fault.
    public let code: Code
    /// What is wrong, what was expected, what was found: one line without a final stop.
    public let problem: String
    /// What to do about it.
    public var remedy: Remedy { code == .unsupported ? Self.otherTokenizer : .fetchAgain }

    /// Makes an error from its kind and one line of text.
    public init(_ code: Code, _ problem: String) {
        self.code = code
        self.problem = problem
    }

    /// One line: problem and remedy.
    public var description: String { line(spelling: \.words) }

    /// The remedy for a tokenizer that this build does not have.
    package static let otherTokenizer = Remedy.other(
        "Use a model whose tokenizer is SentencePiece BPE or byte-level BPE")
}

extension TextError {
    /// A piece as it may stand in a one-line message: quoted, at most 40 bytes, control and non-ASCII bytes as `\xNN`.
    static func quoted(_ piece: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        var text = "'"
        for byte in piece.prefix(40) {
            if (0x20..<0x7F).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return text + (piece.count > 40 ? "…'" : "'")
    }
}
