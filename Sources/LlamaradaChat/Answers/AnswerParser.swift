/// Takes calls of tools out of an answer that comes piece by piece.
///
/// Three forms are known: Hermes' and Qwen's `<tool_call>{…}</tool_call>`, Mistral's `[TOOL_CALLS]`, and Llama 3's
/// `{"name": …, "parameters": …}` as a whole answer. What looks like a call and is none stays text.
///
/// Some of these marks are control tokens, so answers must be generated with `showsSpecial`.
package struct AnswerParser: Sendable {
    private enum State {
        /// Nothing but space has come.
        case start
        case text
        /// A call has begun: everything from there is held until the end.
        case call(CallForm)
        /// Calls are not looked for.
        case plain
    }

    /// Far more than any call has; what is longer is text.
    private static let longestCall = 1 << 20

    private let tools: Set<String>
    private var state: State
    private var held: [UInt8] = []

    /// - Parameter tools: the names that the model may call; where there are none, nothing is a call.
    package init(tools: Set<String>) {
        self.tools = tools
        state = tools.isEmpty ? .plain : .start
    }

    /// Adds text; returns what is certain to be no call.
    package mutating func append(_ text: String) -> String {
        if case .plain = state { return text }
        held += text.utf8
        if case .start = state { begin() }
        if case .text = state { return takeText() }
        guard held.count > Self.longestCall else { return "" }
        state = .plain
        return takeHeld()
    }

    /// Ends the answer: the rest of its text, and its calls.
    package mutating func finish() -> ParsedAnswer {
        defer { state = .plain }
        guard case .call(let form) = state else { return ParsedAnswer(content: takeHeld()) }
        defer { held = [] }
        var reader = CallReader(held, tools)
        return reader.read(form)
    }

    /// A whole answer.
    package static func parse(_ answer: String, tools: Set<String>) -> ParsedAnswer {
        var parser = AnswerParser(tools: tools)
        let text = parser.append(answer)
        let end = parser.finish()
        return ParsedAnswer(content: text + end.content, calls: end.calls)
    }

    /// An object as the first thing is Llama 3's form.
    private mutating func begin() {
        guard let first = held.first(where: { !$0.isSpace }) else { return }
        state = first == UInt8(ascii: "{") ? .call(.object) : .text
    }

    /// Text up to a mark, or to what may become one.
    private mutating func takeText() -> String {
        for start in held.indices where CallForm.firstBytes.contains(held[start]) {
            let rest = held[start...]
            if let form = CallForm.marked.first(where: { rest.starts(with: $0.mark) }) {
                state = .call(form)
                return take(start)
            }
            if CallForm.marked.contains(where: { $0.mark.starts(with: rest) }) { return take(start) }
        }
        return takeHeld()
    }

    private mutating func take(_ count: Int) -> String {
        defer { held.removeFirst(count) }
        return String(decoding: held.prefix(count), as: UTF8.self)
    }

    private mutating func takeHeld() -> String { take(held.count) }
}

/// How models write calls.
enum CallForm: Sendable {
    /// `<tool_call>{"name": …, "arguments": …}</tool_call>`.
    case hermes
    /// `[TOOL_CALLS][{"name": …, "arguments": …}]`, or `[TOOL_CALLS]name[ARGS]{…}`.
    case mistral
    /// `<|python_tag|>{"name": …, "parameters": …}`.
    case python
    /// The same without a mark.
    case object

    static let marked: [CallForm] = [.hermes, .mistral, .python]
    static let firstBytes = Set(marked.compactMap(\.mark.first))

    /// What it begins with.
    var mark: [UInt8] {
        switch self {
        case .hermes: Array("<tool_call>".utf8)
        case .mistral: Array("[TOOL_CALLS]".utf8)
        case .python: Array("<|python_tag|>".utf8)
        case .object: []
        }
    }
}

extension UInt8 {
    /// Whether JSON takes it for space.
    var isSpace: Bool { [0x20, 0x09, 0x0A, 0x0D].contains(self) }
}
