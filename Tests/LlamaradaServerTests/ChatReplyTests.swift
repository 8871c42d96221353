import Llamarada
import LlamaradaServer
import LlamaradaServerSettings
import LlamaradaTensors
import LlamaradaText
import Testing

/// `/v1/chat/completions`: documents, chunks and calls.
@Suite struct ChatReplyTests {
    private static let calls =
        #"Let me see. <tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>"#

    private func collector(_ tools: Set<String>) async throws -> ChatCollector {
        let model = try await TestServer.tinyModel()
        let head = ReplyHead("chatcmpl", (whole: "chat.completion", chunk: "chat.completion.chunk"), model: "tiny")
        return ChatCollector(head, model.tokenizer, choices: 1, tools: tools, scores: false)
    }

    private let end = GenerationEvent.finished(
        GenerationSummary(
            stopReason: .endOfText, promptTokens: 3, reusedTokens: 0, promptSeconds: 1, decodedTokens: 2,
            decodeSeconds: 1, waitedSeconds: 0))

    @Test func callsAreTakenOutOfTheText() async throws {
        var collector = try await collector(["weather"])
        var chunks = collector.begin()
        for character in Self.calls { chunks += collector.take(0, .text(String(character))) }
        chunks += collector.take(0, end)
        let deltas = chunks.compactMap { $0["choices"]?.elements?.first?["delta"] }
        #expect(deltas.first?["role"]?.text == "assistant")
        #expect(deltas.compactMap { $0["content"]?.text }.joined() == "Let me see. ")
        let call = deltas.compactMap { $0["tool_calls"]?.elements?.first }.first
        #expect(call?["index"]?.integer == 0 && call?["type"]?.text == "function")
        #expect(call?["function"]?["name"]?.text == "weather")
        let arguments = try JSONValue(Array((call?["function"]?["arguments"]?.text ?? "").utf8))
        #expect(arguments == ["city": "Paris"])
        #expect(chunks.last?["choices"]?.elements?.first?["finish_reason"]?.text == "tool_calls")
        let message = collector.whole(Usage())["choices"]?.elements?.first?["message"]
        #expect(message?["content"]?.text == "Let me see. ")
        #expect(message?["tool_calls"]?.elements?.first?["id"]?.text == call?["id"]?.text)
    }

    @Test func withoutToolsTheyAreText() async throws {
        var collector = try await collector([])
        for character in Self.calls { _ = collector.take(0, .text(String(character))) }
        _ = collector.take(0, end)
        let choice = collector.whole(Usage())["choices"]?.elements?.first
        #expect(choice?["message"]?["content"]?.text == Self.calls)
        #expect(choice?["message"]?["tool_calls"] == nil && choice?["finish_reason"]?.text == "stop")
    }

    /// The tiny model continues texts and has no template: that is said, and what is wrong before it.
    @Test func aModelWithoutATemplateSaysSo() async throws {
        let server = try await TestServer().ready()
        let message = #"{"messages":[{"role":"user","content":"a"}]"#
        let reply = try await server.post("/v1/chat/completions", message + "}")
        #expect(reply.status == 400)
        #expect(try reply.json()["error"]?["code"]?.text == "no_chat_template")
        for (body, parameter) in [
            ("{}", "messages"), (#"{"messages":[]}"#, "messages"), (#"{"messages":[1]}"#, "messages[0]"),
            (
                message + #","tool_choice":"sometimes","tools":[{"type":"function","function":{"name":"f"}}]}"#,
                "tool_choice"
            ),
            (message + #","tools":[{}]}"#, "tools[0]"), (message + #","functions":[]}"#, "functions"),
            (message + #","top_logprobs":2}"#, "top_logprobs"),
            (message + #","response_format":{"type":"json_schema"}}"#, "response_format"),
        ] {
            let error = try await server.post("/v1/chat/completions", body).json()["error"]
            #expect(error?["param"]?.text == parameter, "\(body): \(String(describing: error))")
        }
    }

    private static let template =
        "{% for m in messages %}{{ m.role }}: {{ m.content }}. {% endfor %}"
        + "{% if tools %}{{ tools | tojson }} {% endif %}{% if add_generation_prompt %}assistant:{% endif %}{{ more }}"

    @Test func whatTheTemplateWritesIsContinued() async throws {
        let server = try await TestServer { $0.model.chatTemplate = Self.template }.ready()
        let messages = #""messages":[{"role":"user","content":"the license"}]"#
        let text = try await server.post(
            "/apply-template", "{\(messages),\"chat_template_kwargs\":{\"more\":\" of\"}}")
        #expect(try text.json()["prompt"]?.text == "user: the license. assistant: of")
        let rest = #","max_tokens":9,"temperature":0,"ignore_eos":true"#
        let chat = try await server.post("/v1/chat/completions", "{\(messages)\(rest)}").json()
        let same = try await server.post("/v1/completions", #"{"prompt":"user: the license. assistant:""# + rest + "}")
            .json()
        let choice = try #require(chat["choices"]?.elements?.first)
        #expect(choice["message"]?["content"] == same["choices"]?.elements?.first?["text"])
        #expect(choice["message"]?["role"]?.text == "assistant" && choice["finish_reason"]?.text == "length")
        #expect(chat["usage"]?["prompt_tokens"] == same["usage"]?["prompt_tokens"])
        let events = try await server.post("/v1/chat/completions", "{\(messages)\(rest),\"stream\":true}").events()
        let deltas = events.compactMap { $0["choices"]?.elements?.first?["delta"] }
        #expect(deltas.first?["role"]?.text == "assistant")
        #expect(deltas.compactMap { $0["content"]?.text }.joined() == choice["message"]?["content"]?.text)
        #expect(events.allSatisfy { $0["object"]?.text == "chat.completion.chunk" })
    }

    @Test func toolsReachTheTemplateUnlessTheyAreNotToBeCalled() async throws {
        let server = try await TestServer { $0.model.chatTemplate = Self.template }.ready()
        let tools = #""tools":[{"type":"function","function":{"name":"weather","parameters":{}}}]"#
        let messages = #""messages":[{"role":"user","content":"a"}]"#
        func prompt(_ choice: String) async throws -> String? {
            try await server.post("/apply-template", "{\(messages),\(tools)\(choice)}").json()["prompt"]?.text
        }
        #expect(try await prompt("")?.contains("weather") == true)
        #expect(try await prompt(#","tool_choice":"auto""#)?.contains("weather") == true)
        #expect(try await prompt(#","tool_choice":"none""#)?.contains("weather") == false)
    }
}
