package import LlamaradaServerSettings
package import LlamaradaTensors

/// `/openapi.json`: what the endpoints take and give, in OpenAPI 3.1.
package enum OpenAPIEndpoint {
    static func answer(_ call: Call) async throws -> Reply { Reply(document(call.state.settings)) }

    /// The page for a server's limits.
    package static func document(_ settings: ServerSettings) -> JSONValue {
        let schemas = OpenAPISchemas(mostChoices: settings.limits.choices)
        let json = OpenAPIPath.json
        let paths = [
            OpenAPIPath("/health", get: "Whether requests are answered.", ["status": ["type": "string"]]),
            OpenAPIPath("/v1/models", get: "The model.", ["object": ["type": "string"], "data": ["type": "array"]]),
            OpenAPIPath(
                "/props", get: "Settings, with llama.cpp's names.",
                [
                    "total_slots": ["type": "integer"], "model_alias": ["type": "string"], "device": ["type": "string"],
                    "default_generation_settings": ["type": "object"],
                ]),
            OpenAPIPath("/tokenizer_info", get: "The tokenizer.", ["vocab_size": ["type": "integer"]]),
            OpenAPIPath(get: "/slots", "What is computed now.", json(["type": "array", "items": ["type": "object"]])),
            OpenAPIPath(
                get: "/metrics", "Prometheus' text format.",
                .object([.init("text/plain", ["schema": ["type": "string"]])])),
            OpenAPIPath(get: "/openapi.json", "This page.", json(["type": "object"])),
            OpenAPIPath(
                "/v1/completions", post: "Continues texts, or says how likely they are.", schemas.completion,
                ["id": ["type": "string"], "choices": ["type": "array"], "usage": ["type": "object"]]),
            OpenAPIPath(
                "/v1/chat/completions", post: "Answers a conversation.", schemas.chat,
                ["id": ["type": "string"], "choices": ["type": "array"], "usage": ["type": "object"]]),
            OpenAPIPath(
                "/v1/embeddings", post: "The embeddings of texts.", schemas.embedding,
                ["data": ["type": "array"], "usage": ["type": "object"]]),
            OpenAPIPath(
                "/apply-template", post: "The text that a model would get.", schemas.conversation,
                ["prompt": ["type": "string"]]),
            OpenAPIPath("/tokenize", post: "Text to tokens.", schemas.tokenize, ["tokens": ["type": "array"]]),
            OpenAPIPath(
                "/detokenize", post: "Tokens to text.", schemas.detokenize,
                ["content": ["type": "string"], "prompt": ["type": "string"]]),
        ]
        return [
            "openapi": "3.1.0",
            "info": ["title": "llamarada", "version": "1", "description": "OpenAI's API in front of one model."],
            "paths": .object(paths.map(\.member)),
            "components": .object([
                .init("schemas", ["Error": OpenAPISchemas.error]),
                .init("securitySchemes", ["key": ["type": "http", "scheme": "bearer"]]),
            ]),
            "security": .array(settings.network.keys.isEmpty ? [] : [["key": .array([])]]),
        ]
    }
}

/// One path of the page, with its one method.
struct OpenAPIPath {
    let member: JSONValue.Member

    /// A path that is read, and the schema of what it gives, by type of content.
    init(get path: String, _ summary: String, _ content: JSONValue) {
        member = .init(path, ["get": ["summary": .string(summary), "responses": Self.responses(content)]])
    }

    /// A path that is read and gives an object with these members.
    init(_ path: String, get summary: String, _ members: JSONValue) {
        self.init(get: path, summary, Self.object(members))
    }

    /// A path that takes a document and gives an object with these members, or events.
    init(_ path: String, post summary: String, _ request: JSONValue, _ members: JSONValue) {
        let body: JSONValue = ["required": true, "content": Self.json(request)]
        var content = Self.object(members).members ?? []
        if path.hasSuffix("/completions") {
            content.append(.init("text/event-stream", ["schema": .object([])]))
        }
        member = .init(
            path,
            [
                "post": [
                    "summary": .string(summary), "requestBody": body, "responses": Self.responses(.object(content)),
                ]
            ])
    }

    /// Content of JSON.
    static func json(_ schema: JSONValue) -> JSONValue { .object([.init("application/json", ["schema": schema])]) }

    private static func object(_ members: JSONValue) -> JSONValue {
        json([
            "type": "object", "properties": members,
            "required": .array((members.members ?? []).map { .string($0.name) }),
        ])
    }

    private static func responses(_ content: JSONValue) -> JSONValue {
        [
            "200": ["description": "The answer.", "content": content],
            "default": [
                "description": "What went wrong.",
                "content": json(.object([.init("$ref", "#/components/schemas/Error")])),
            ],
        ]
    }
}
