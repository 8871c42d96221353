import LlamaradaTensors

/// Reads calls from the end of an answer; what is none becomes text.
struct CallReader {
    /// More than any model asks for at once.
    private static let mostCalls = 128
    /// More places than any answer has that look like a call and are none; each is read to where it goes wrong.
    private static let mostFailures = 64

    /// Lists and objects in each other, as deep as requests may have them.
    private static let largestDepth = 100

    private let bytes: [UInt8]
    private let tools: Set<String>
    private var position = 0
    private var text: [UInt8] = []
    private var calls: [ToolCall] = []
    private var failures = 0

    init(_ bytes: [UInt8], _ tools: Set<String>) {
        self.bytes = bytes
        self.tools = tools
    }

    /// Everything: the calls, and the text between and behind them, unless it is space.
    mutating func read(_ form: CallForm) -> ParsedAnswer {
        while position < bytes.count {
            guard calls.count < Self.mostCalls, failures < Self.mostFailures else {
                text += bytes[position...]
                break
            }
            if !readCalls(form) {
                failures += 1
                skipText()
            }
        }
        let isSpace = !calls.isEmpty && text.allSatisfy(\.isSpace)
        return ParsedAnswer(content: isSpace ? "" : String(decoding: text, as: UTF8.self), calls: calls)
    }

    /// Reads what begins here as calls; false where it is none, and then nothing is taken.
    private mutating func readCalls(_ form: CallForm) -> Bool {
        let start = position
        skipSpace()
        let found =
            switch form {
            case .hermes: readHermes()
            case .mistral: readMistral()
            case .python, .object: readObject()
            }
        if !found { position = start }
        return found
    }

    /// Takes bytes as text, at least one, up to where a call could begin again.
    private mutating func skipText() {
        repeat {
            text.append(bytes[position])
            position += 1
        } while position < bytes.count && !CallForm.firstBytes.contains(bytes[position])
            && bytes[position] != UInt8(ascii: "{")
    }

    // MARK: Forms

    private mutating func readHermes() -> Bool {
        guard take("<tool_call>"), let value = readValue(), let call = Self.call(value) else { return false }
        skipSpace()
        // An answer that was cut off behind the object has said all.
        guard take("</tool_call>") || position == bytes.count else { return false }
        calls.append(call)
        return true
    }

    private mutating func readMistral() -> Bool {
        guard take("[TOOL_CALLS]") else { return false }
        skipSpace()
        guard position < bytes.count else { return false }
        if bytes[position] == UInt8(ascii: "[") {
            guard let elements = readValue()?.elements else { return false }
            let read = elements.prefix(Self.mostCalls - calls.count).compactMap(Self.call)
            guard !read.isEmpty, read.count == elements.count else { return false }
            calls += read
            return true
        }
        let name = bytes[position...].prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "[") }
        position += name.count
        _ = take("[ARGS]")
        guard let arguments = readValue(), arguments.members != nil,
            let call = Self.call(
                .object([.init("name", .string(Self.trimmed(name))), .init("arguments", arguments)]))
        else { return false }
        calls.append(call)
        return true
    }

    /// Without an end of its own, so that only tools that there are count.
    private mutating func readObject() -> Bool {
        _ = take("<|python_tag|>")
        guard let value = readValue(), let call = Self.call(value), tools.contains(call.name) else { return false }
        calls.append(call)
        skipSpace()
        _ = take(";")
        return true
    }

    /// The call that an object means.
    private static func call(_ json: JSONValue) -> ToolCall? {
        let function = json["function"]?.members == nil ? json : json["function"] ?? json
        guard let name = function["name"]?.text, !name.isEmpty else { return nil }
        var arguments = function["arguments"] ?? function["parameters"] ?? .object([])
        if let text = arguments.text, let read = try? JSONValue(Array(text.utf8)) { arguments = read }
        guard arguments.members != nil else { return nil }
        return ToolCall(id: json["id"]?.text ?? makeID(), name: name, arguments: arguments)
    }

    private static func makeID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String((0..<9).compactMap { _ in letters.randomElement() })
    }

    // MARK: Parts

    private mutating func readValue() -> JSONValue? {
        // Models repeat names, and constrained ones may.
        guard
            let (value, end) = try? JSONValue.leading(
                bytes, from: position, largestDepth: Self.largestDepth, allowsRepeats: true)
        else { return nil }
        position = end
        return value
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        let isHere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if isHere { position += count }
        return isHere
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position].isSpace { position += 1 }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var bytes = bytes.drop(while: \.isSpace)
        while bytes.last?.isSpace ?? false { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
