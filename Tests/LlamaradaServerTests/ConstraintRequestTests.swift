import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors
import Testing

/// `response_format`, `grammar`, `json_schema` and forced calls of tools.
@Suite struct ConstraintRequestTests {
    private static let template =
        "{% for m in messages %}{{ m.role }}: {{ m.content }}. {% endfor %}"
        + "{% if tools %}{{ tools[0].function.name }} {# <tool_call> #}{% endif %}{% if add_generation_prompt %}assistant:{% endif %}"

    private static let message = #"{"messages":[{"role":"user","content":"the license"}],"temperature":1.5,"seed":3"#

    private func choice(_ server: TestServer, _ path: String, _ body: String) async throws -> JSONValue {
        let reply = try await server.post(path, body).json()
        return try #require(reply["choices"]?.elements?.first, "\(body): \(reply)")
    }

    @Test func completionsFollowTheirFormat() async throws {
        let server = try await TestServer().ready()
        let schema = #"{"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":3}"#
        for format in [
            #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}}"#,
            #""json_schema":\#(schema)"#,
            #""response_format":{"type":"json_object","schema":\#(schema)}"#,
            #""grammar":"root ::= \"[\" (\"true\" | \"false\") \", \" (\"true\" | \"false\") \"]\"""#,
        ] {
            let choice = try await choice(
                server, "/v1/completions",
                #"{"prompt":"the","max_tokens":64,"seed":1,"temperature":1.5,"# + format + "}")
            #expect(choice["finish_reason"]?.text == "stop", "\(choice)")
            let elements = try JSONValue(Array((choice["text"]?.text ?? "").utf8)).elements
            #expect(2...3 ~= elements?.count ?? 0, "\(format): \(choice)")
        }
        let free = try await choice(
            server, "/v1/completions", #"{"prompt":"the","max_tokens":4,"response_format":{"type":"text"}}"#)
        #expect(free["finish_reason"] != nil)
    }

    @Test func toolsAreCalledWhereTheyMustBe() async throws {
        let server = try await TestServer { $0.model.chatTemplate = Self.template }.ready()
        let tools =
            #","tools":[{"type":"function","function":{"name":"weather","parameters":{"enum":[{"city":"Paris"},{"city":"Rome"}]}}},{"type":"function","function":{"name":"now"}}]"#
        func call(_ choice: String) async throws -> JSONValue? {
            let body =
                Self.message + tools + #","parallel_tool_calls":false,"max_tokens":100,"tool_choice":"# + choice + "}"
            let choice = try await self.choice(server, "/v1/chat/completions", body)
            #expect(choice["finish_reason"]?.text == "tool_calls", "\(choice)")
            #expect(choice["message"]?["tool_calls"]?.elements?.count == 1)
            return choice["message"]?["tool_calls"]?.elements?.first?["function"]
        }
        let named = try await call(#"{"type":"function","function":{"name":"weather"}}"#)
        #expect(named?["name"]?.text == "weather")
        let arguments = try JSONValue(Array((named?["arguments"]?.text ?? "").utf8))
        #expect(["Paris", "Rome"].contains(arguments["city"]?.text))
        let any = try await call(#""required""#)
        #expect(["weather", "now"].contains(any?["name"]?.text))
    }

    @Test func whatIsWrongIsNamed() async throws {
        let server = try await TestServer { $0.model.chatTemplate = Self.template }.ready()
        let tool = #","tools":[{"type":"function","function":{"name":"f","parameters":{"not":{}}}}]"#
        for (rest, parameter, part) in [
            (#","response_format":{"type":"xml"}"#, "response_format", "xml"),
            (#","response_format":{"type":"json_schema"}"#, "response_format", "schema"),
            (
                #","response_format":{"type":"json_schema","json_schema":{"schema":{"properties":{"a":{"contains":1}}}}}"#,
                "response_format", "#/properties/a': keyword 'contains'"
            ),
            (#","grammar":"root ::= x""#, "grammar", "'x'"), (#","grammar":3"#, "grammar", "text"),
            (#","grammar":"root ::= \"a\"","json_schema":{}"#, "json_schema", "both"),
            (#","grammar":"root ::= \"a\"","stop":"b""#, "stop", "cut"),
            (#","json_schema":{},"ignore_eos":true"#, "ignore_eos", "json_schema"),
            (#","guided_json":{}"#, "guided_json", "response_format"),
            (#","tool_choice":"required""#, "tool_choice", "tools"),
            (#","tool_choice":"sometimes""#, "tool_choice", "sometimes"),
            (tool + #","tool_choice":{"type":"function","function":{"name":"g"}}"#, "tool_choice", "among"),
            (tool + #","tool_choice":"required""#, "tools", "'f': the schema at '#': keyword 'not'"),
            (tool + #","tool_choice":"required","stop":"x""#, "stop", "tool_choice"),
            (tool + #","json_schema":{}"#, "json_schema", "tools"),
        ] {
            let error = try await server.post("/v1/chat/completions", Self.message + rest + "}").json()["error"]
            #expect(error?["param"]?.text == parameter, "\(rest): \(String(describing: error))")
            #expect(error?["message"]?.text?.contains(part) == true, "\(rest): \(String(describing: error))")
        }
    }
}
