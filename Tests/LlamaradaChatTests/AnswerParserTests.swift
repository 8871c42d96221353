import LlamaradaChat
import LlamaradaTensors
import Testing

/// Calls of tools, taken out of answers.
@Suite struct AnswerParserTests {
    private static let tools: Set = ["f", "g"]

    private static func calls(_ answer: ParsedAnswer) -> [String] {
        answer.calls.map { "\($0.name)\($0.arguments.encoded)" }
    }

    private static let samples: [(String, String, [String])] = [
        (#"<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>"#, "", [#"f{"x":1}"#]),
        (
            "Hm.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n<tool_call>{\"name\":\"g\"}</tool_call>\n",
            "Hm.\n", ["f{}", "g{}"]
        ),
        (#"<tool_call>{"name": "f", "arguments": "{\"x\": 1}"}</tool_call> then"#, " then", [#"f{"x":1}"#]),
        (#"<tool_call>{"name": "f", "arguments": {}}"#, "", ["f{}"]),
        (
            #"[TOOL_CALLS][{"name": "f", "arguments": {"a": "]"}}, {"name": "g", "arguments": {}}]"#, "",
            [#"f{"a":"]"}"#, "g{}"]
        ),
        (#"[TOOL_CALLS]f[ARGS]{"x": 1}[TOOL_CALLS]g{"y": 2}"#, "", [#"f{"x":1}"#, #"g{"y":2}"#]),
        (#" {"name": "f", "parameters": {"x": 1}}"#, "", [#"f{"x":1}"#]),
        (#"<|python_tag|>{"name": "f", "parameters": {}}; {"name": "g", "parameters": {}}"#, "", ["f{}", "g{}"]),
        (#"{"type": "function", "function": {"name": "f", "parameters": {}}}"#, "", ["f{}"]),
    ]

    @Test(arguments: samples) func forms(_ answer: String, _ content: String, _ calls: [String]) {
        let parsed = AnswerParser.parse(answer, tools: Self.tools)
        #expect(parsed.content == content && Self.calls(parsed) == calls)
    }

    /// However the answer comes, the same is found.
    @Test(arguments: samples.map(\.0) + ["a < b <tool", "[TOOL", "x [1] <tool_call>no"]) func inPieces(_ answer: String)
    {
        let whole = AnswerParser.parse(answer, tools: Self.tools)
        for size in 1...5 {
            var parser = AnswerParser(tools: Self.tools)
            var content = ""
            var rest = answer[...]
            while !rest.isEmpty {
                content += parser.append(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            let end = parser.finish()
            #expect(content + end.content == whole.content && end.calls.map(\.name) == whole.calls.map(\.name))
        }
    }

    /// What only looks like a call stays as it is.
    @Test(arguments: [
        "", " ", "Hello", "a < b", "<tool", "<tool_call>", "<tool_call>{", "<tool_call>{}</tool_call>", "{", "{}",
        #"{"name": "unknown", "parameters": {}}"#, #"{"name": "f", "parameters": 3}"#, "[TOOL_CALLS]", "[TOOL_CALLS]f",
        "[TOOL_CALLS][]", #"[TOOL_CALLS][{"name":"f"},3]"#, "<tool_call>{\"name\":\"f\"}<tool_call>",
        "<|python_tag|>print(1)",
        "{\u{0}é", "<tool_call>{\"name\":\"\"}</tool_call>",
    ]) func noCalls(_ answer: String) {
        #expect(AnswerParser.parse(answer, tools: Self.tools) == ParsedAnswer(content: answer))
    }

    @Test func withoutToolsNothingIsACall() {
        let answer = Self.samples[0].0
        #expect(AnswerParser.parse(answer, tools: []) == ParsedAnswer(content: answer))
    }

    /// Deep, long and repeated text is text, and read in a moment.
    @Test(arguments: [
        "{", "[", "<", "<tool_call>", "[TOOL_CALLS]", "{\"a\":", "{\"name\":\"f\",", "\"", " ", "[TOOL_CALLS][",
        "{\"\\",
    ])
    func longAnswers(_ unit: String) {
        for prefix in ["", "<tool_call>", "[TOOL_CALLS]", "{"] {
            let answer = prefix + String(repeating: unit, count: 300_000 / unit.utf8.count)
            #expect(AnswerParser.parse(answer, tools: Self.tools) == ParsedAnswer(content: answer))
        }
        let long = "<tool_call>" + String(repeating: unit, count: (1 << 20) / unit.utf8.count)
        #expect(AnswerParser.parse(long, tools: Self.tools).content == long)
    }

    @Test func manyCallsAreBounded() {
        let call = #"<tool_call>{"name":"f"}</tool_call>"#
        let parsed = AnswerParser.parse(String(repeating: call, count: 200), tools: Self.tools)
        #expect(parsed.calls.count == 128 && parsed.content == String(repeating: call, count: 72))
        #expect(Set(parsed.calls.map(\.id)).count == 128)
    }
}
