/// Puts messages together from lines: a backslash at a line's end goes on with the next line, and `"""` begins and ends
/// a block in which nothing but that has a meaning.
package struct MessageLines: Sendable {
    /// Bytes of a message; far more than any context holds.
    private static let longestMessage = 16 << 20
    private static let quotes = "\"\"\""

    private var lines: [String] = []
    private var byteCount = 0
    private var isInBlock = false
    /// Whether the message came from a block or several lines, and so is no command.
    private var isQuoted = false

    package init() {}

    /// Whether the next line belongs to a message that has begun.
    package var isPending: Bool { isInBlock || !lines.isEmpty }

    /// What somebody wrote.
    package enum Entry: Sendable, Equatable {
        /// To the model.
        case message(String)
        /// To the program: a name without its slash, and the rest of the line.
        case command(String, argument: String)
        /// Too long to be said.
        case tooLong
    }

    /// Adds a line without its end; returns what is complete with it.
    package mutating func append(_ line: String) -> Entry? {
        byteCount += line.utf8.count + 1
        guard byteCount <= Self.longestMessage else {
            self = MessageLines()
            return .tooLong
        }
        var line = line
        if !isPending, line.hasPrefix(Self.quotes) {
            isInBlock = true
            isQuoted = true
            line.removeFirst(Self.quotes.count)
            // A block may end where it begins, and its first line may be empty.
            if line.isEmpty { return nil }
        }
        if isInBlock {
            guard line.hasSuffix(Self.quotes) else {
                lines.append(line)
                return nil
            }
            line.removeLast(Self.quotes.count)
            if !line.isEmpty { lines.append(line) }
            return take()
        }
        guard line.hasSuffix("\\") else {
            lines.append(line)
            return take()
        }
        isQuoted = true
        lines.append(String(line.dropLast()))
        return nil
    }

    /// Ends the input: what was begun is a message.
    package mutating func finish() -> Entry? { isPending && !lines.isEmpty ? take() : nil }

    /// Forgets what was begun.
    package mutating func cancel() { self = MessageLines() }

    private mutating func take() -> Entry? {
        defer { self = MessageLines() }
        let text = lines.joined(separator: "\n")
        guard !isQuoted, text.hasPrefix("/") else { return text.isEmpty ? nil : .message(text) }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1)
        return .command(
            words.first.map(String.init) ?? "", argument: words.count > 1 ? Self.trimmed(words[1]) : "")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return String(text)
    }
}
