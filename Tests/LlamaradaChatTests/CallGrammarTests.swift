import LlamaradaChat
import LlamaradaGrammar
import LlamaradaTensors
import Testing

/// What the grammar of calls allows, the reader of answers takes for calls.
@Suite struct CallGrammarTests {
    private static let schemas: [JSONValue] = [
        .bool(true), [:], ["type": .array(["object", "string"])],
        ["type": "object", "additionalProperties": ["type": "null"]],
        ["properties": ["a": [:], "b": ["type": "string"]], "required": .array(["a"])],
        ["anyOf": .array([["type": "integer"], ["type": "object"]])],
    ]

    @Test(arguments: ["<tool_call>", "[TOOL_CALLS]", "[TOOL_CALLS] [ARGS]", ""])
    func whatIsDrawnIsRead(_ template: String) throws {
        let calls = try TestFormat.make(template: template).callGrammar()
        var choices = Numbers(state: 7)
        for schema in Self.schemas {
            let grammar = try calls.grammar([CallableTool(name: "f", parameters: schema)], several: true)
            let automaton = try PushdownAutomaton(grammar)
            for _ in 0..<20 {
                let answer = draw(automaton, &choices)
                let read = AnswerParser.parse(answer, tools: ["f"])
                #expect(read.content.isEmpty && !read.calls.isEmpty, "\(schema.encoded): \(answer)")
            }
        }
    }

    /// The last of equal names counts, and lists may lie deep in each other.
    @Test func namesMayComeAgain() {
        let deep = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
        let read = AnswerParser.parse(
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1, \"b\": \(deep), \"a\": 2}}</tool_call>",
            tools: ["f"])
        #expect(read.calls.first?.arguments.encoded == "{\"a\":2,\"b\":\(deep)}")
    }

    @Test func whatIsNeverAnObjectIsRefused() throws {
        let calls = try TestFormat.make(template: "<tool_call>").callGrammar()
        let error = #expect(throws: GrammarError.self) {
            _ = try PushdownAutomaton(
                calls.grammar([CallableTool(name: "f", parameters: ["type": "string"])], several: false))
        }
        #expect(error?.code == .unsatisfiable)
    }

    /// A text of an automaton, byte by byte: at random first, then by what closes most.
    private func draw(_ automaton: PushdownAutomaton, _ numbers: inout Numbers) -> String {
        var matcher = GrammarMatcher(automaton)
        var bytes: [UInt8] = []
        let usual = Array("{}[]\":, a1-e\\nu0".utf8)
        while !(matcher.canEnd && (bytes.count > 150 || numbers.next() % 4 == 0)) {
            let wanted = bytes.count > 100 ? Array("\"}]:1n<0".utf8) : usual.shuffled(using: &numbers)
            guard let byte = (wanted + Array(0x20...0x7E) + [0x0A]).first(where: { matcher.advance($0) }) else {
                if matcher.canEnd { break }
                Issue.record("nothing continues \(String(decoding: bytes, as: UTF8.self))")
                return ""
            }
            bytes.append(byte)
            guard bytes.count < 5000 else {
                Issue.record("no end of \(String(decoding: bytes, as: UTF8.self))")
                return ""
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Numbers that are the same in every run (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var number = state
            number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
            number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
            return number ^ number >> 31
        }
    }
}
