import LlamaradaChat
import LlamaradaTemplates
import LlamaradaTensors
import Testing

/// Messages as requests have them.
@Suite struct ChatMessageTests {
    private func message(_ text: String) throws -> ChatMessage { try ChatMessage(JSONValue(Array(text.utf8))) }

    @Test func membersThatAreNullGo() throws {
        let message = try message(#"{"role":"assistant","content":null,"tool_calls":null,"name":"x"}"#)
        #expect(message.members.map(\.name) == ["role", "name"] && message.content.isEmpty)
    }

    @Test func partsBecomeOneText() throws {
        let message = try message(#"{"role":"user","content":[{"type":"text","text":"a"},{"text":"b"},"c"]}"#)
        #expect(message.content == "a\nb\nc" && message == ChatMessage(role: "user", content: "a\nb\nc"))
        #expect(try self.message(#"{"role":"user","content":[]}"#).content.isEmpty)
    }

    @Test(arguments: [
        (#"[]"#, "message"), (#""hi""#, "message"), (#"{}"#, "message.role"), (#"{"role":""}"#, "message.role"),
        (#"{"role":1}"#, "message.role"), (#"{"role":"user","content":1}"#, "message.content"),
        (#"{"role":"user","content":{"type":"text"}}"#, "message.content"),
        (
            #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}"#,
            "message.content[1]"
        ),
        (#"{"role":"user","content":[1]}"#, "message.content[0]"),
        (#"{"role":"assistant","tool_calls":{}}"#, "message.tool_calls"),
        (#"{"role":"assistant","tool_calls":[{"name":"x"}]}"#, "message.tool_calls[0]"),
        (
            #"{"role":"assistant","tool_calls":[{"function":{"name":"x","arguments":1}}]}"#,
            "message.tool_calls[0].function.arguments"
        ),
        (#"{"role":"assistant","reasoning_content":[]}"#, "message.reasoning_content"),
    ]) func whatIsNoMessage(_ text: String, _ parameter: String) {
        #expect { try message(text) } throws: { error in
            guard let error = error as? ChatError else { return false }
            return error.code == .invalidMessage && error.parameter == parameter
                && error.problem.hasPrefix("\(parameter): expected ")
        }
    }

    @Test func listsNameThePlace() throws {
        let list = try ChatMessage.list(JSONValue(Array(#"[{"role":"user","content":"x"}]"#.utf8)))
        #expect(list == [ChatMessage(role: "user", content: "x")])
        for (text, parameter) in [("{}", "messages"), ("[]", "messages"), (#"[{"role":"a"},7]"#, "messages[1]")] {
            #expect { try ChatMessage.list(JSONValue(Array(text.utf8))) } throws: {
                ($0 as? ChatError)?.parameter == parameter
            }
        }
    }

    /// What an answer said comes back to the template as it wants it: arguments as an object, reasoning by both names.
    @Test func templatesSeeCallsAndReasoning() throws {
        let answer = AnswerParser.parse(#"Hm. <tool_call>{"name":"f","arguments":{"x":[1]}}</tool_call>"#, tools: ["f"])
        let call = try #require(ChatMessage(answer).json["tool_calls"]?.elements?.first)
        #expect(call["function"]?["arguments"] == .string(#"{"x":[1]}"#) && call["id"]?.text?.count == 9)
        let template = try ChatTemplate(
            "{{ m.tool_calls[0].function.arguments.x[0] }}{{ m.thinking }}{{ m.reasoning_content }}{{ m.name is defined }}"
        )
        let json =
            #"{"role":"assistant","name":null,"reasoning":"t","tool_calls":[{"function":{"name":"f","arguments":"{\"x\":[1]}"}}]}"#
        let value = try message(json).templateValue(.text)
        #expect(try template.render(["m": value], now: .now) == "1ttFalse")
    }
}
