/// Finds the first of some strings in a text that comes piece by piece, and holds back what could become one.
struct StopStrings: Sendable {
    private let strings: [[UInt8]]
    /// Text that may be the beginning of a stop string.
    private var held: [UInt8] = []

    /// Empty strings are none.
    init(_ strings: [String]) { self.strings = strings.map { Array($0.utf8) }.filter { !$0.isEmpty } }

    /// Adds text.
    ///
    /// - Returns: what is certain not to belong to a stop string, and the string that was reached, if one was: the text
    ///   ends before it.
    mutating func append(_ text: String) -> (text: String, reached: String?) {
        guard !strings.isEmpty else { return (text, nil) }
        held += text.utf8
        for start in held.indices {
            let rest = held[start...]
            if let reached = strings.first(where: { rest.starts(with: $0) }) {
                defer { held = [] }
                return (String(decoding: held[..<start], as: UTF8.self), String(decoding: reached, as: UTF8.self))
            }
            if strings.contains(where: { $0.starts(with: rest) }) {
                defer { held.removeFirst(start) }
                return (String(decoding: held[..<start], as: UTF8.self), nil)
            }
        }
        defer { held = [] }
        return (String(decoding: held, as: UTF8.self), nil)
    }

    /// Ends the text: what was held back belongs to it, as far as no stop string lies in it.
    mutating func finish() -> (text: String, reached: String?) {
        defer { held = [] }
        for start in held.indices {
            guard let reached = strings.first(where: { held[start...].starts(with: $0) }) else { continue }
            return (String(decoding: held[..<start], as: UTF8.self), String(decoding: reached, as: UTF8.self))
        }
        return (String(decoding: held, as: UTF8.self), nil)
    }
}
