public import LlamaradaErrors

/// A model file that can't be found, read, or understood.
public struct CheckpointError: LlamaradaError, Hashable {
    /// The kind of a failure; more kinds may come.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// The file isn't there, or may not be opened.
        public static let missing = Code(name: "missing")
        /// The file's content contradicts itself or its format.
        public static let invalid = Code(name: "invalid")
        /// The file is sound as far as it was read, but holds something this version can't use.
        public static let unsupported = Code(name: "unsupported")
        /// Reading or writing an opened file failed.
        public static let io = Code(name: "io")
    }

    /// The kind of failure.
    public let code: Code
    /// The file, as the caller named it.
    public let file: String
    /// What is wrong: the field, what was expected and what was found. No final full stop.
    public let problem: String
    /// What to do about it.
    public let remedy: Remedy

    /// Makes an error; the parts may hold any text, `description` stays one line.
    public init(_ code: Code, file: String, problem: String, remedy: Remedy) {
        self.code = code
        self.file = file
        self.problem = problem
        self.remedy = remedy
    }
}

extension CheckpointError {
    /// One line: file, problem, remedy. Control characters are escaped, so that a file can't write on the terminal.
    public var description: String { line(spelling: \.words).escapingControls }
}

extension String {
    /// The text with everything that could move a terminal's cursor or break a line written as `\n` or `\u{…}`, and
    /// bytes of a file's name that are not UTF-8 as `\x…`.
    package var escapingControls: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                result += Self.shortEscapes[scalar] ?? "\\u{\(String(scalar.value, radix: 16))}"
            default:
                if let byte = PathBytes.byte(of: scalar) {
                    result += "\\x\(String(byte, radix: 16))"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    private static let shortEscapes: [UnicodeScalar: String] = ["\n": "\\n", "\r": "\\r", "\t": "\\t"]

    /// The text between single quotes, shortened to `limit` code points: for names that come from a file.
    package func quoted(limit: Int = 80) -> String {
        // Code points, because one character may hold any number of them.
        unicodeScalars.count > limit ? "'\(String(unicodeScalars.prefix(limit)))…'" : "'\(self)'"
    }
}
