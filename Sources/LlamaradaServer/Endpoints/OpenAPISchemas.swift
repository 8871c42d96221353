import Llamarada
import LlamaradaTensors

/// What requests may hold, as JSON schemas. Null is as good as absent, and unknown fields are ignored.
struct OpenAPISchemas {
    /// Most answers of one request.
    let mostChoices: Int

    /// OpenAI's shape of an error.
    static let error: JSONValue = [
        "type": "object", "required": .array(["error"]),
        "properties": [
            "error": [
                "type": "object", "required": .array(["message", "type", "param", "code"]),
                "properties": [
                    "message": ["type": "string"], "type": ["type": "string"], "param": nullable("string"),
                    "code": nullable("string"),
                ],
            ]
        ],
    ]

    var completion: JSONValue {
        return Self.object(
            [
                .init("prompt", Self.texts), .init("max_tokens", Self.integer(0, nil)),
                .init("echo", Self.nullable("boolean")), .init("logprobs", Self.integer(0, 100)),
            ] + sampling, required: ["prompt"])
    }

    var embedding: JSONValue {
        Self.object(
            [
                .init("input", Self.texts),
                .init("encoding_format", .object([.init("enum", .array(["float", "base64", .null]))])),
            ], required: ["input"])
    }

    /// A text, texts, tokens, or lists of tokens.
    private static let texts: JSONValue = .object([
        .init(
            "anyOf",
            .array([
                ["type": "string"],
                ["type": "array", "minItems": 1, "items": ["type": "string"]],
                ["type": "array", "minItems": 1, "items": token],
                ["type": "array", "minItems": 1, "items": ["type": "array", "items": token]],
            ]))
    ])

    var chat: JSONValue {
        Self.object(
            conversationMembers + [
                .init("max_tokens", Self.integer(0, nil)), .init("max_completion_tokens", Self.integer(0, nil)),
                .init("logprobs", Self.nullable("boolean")),
                .init("top_logprobs", Self.integer(0, ChatRequest.mostAlternatives)),
            ] + sampling, required: ["messages"])
    }

    var conversation: JSONValue { Self.object(conversationMembers, required: ["messages"]) }

    var tokenize: JSONValue {
        let names = ["content", "prompt", "messages"]
        let members = Self.object(
            [
                .init("content", Self.nullable("string")), .init("prompt", Self.nullable("string")),
                .init("messages", Self.nullable("array")), .init("add_special", Self.nullable("boolean")),
                .init("add_special_tokens", Self.nullable("boolean")), .init("parse_special", Self.nullable("boolean")),
                .init("with_pieces", Self.nullable("boolean")),
            ], required: [])
        let choice = JSONValue.array(names.map { .object([.init("required", .array([.string($0)]))]) })
        return .object((members.members ?? []) + [.init("anyOf", choice)])
    }

    var detokenize: JSONValue {
        Self.object([.init("tokens", ["type": "array", "items": Self.token])], required: ["tokens"])
    }

    private static let messages: JSONValue = [
        "type": "array", "minItems": 1,
        "items": [
            "type": "object", "required": .array(["role", "content"]),
            "properties": [
                "role": ["type": "string"],
                "content": ["type": "string"],
            ],
        ],
    ]

    private var conversationMembers: [JSONValue.Member] {
        return [
            .init("messages", Self.messages), .init("tools", Self.tools),
            .init("add_generation_prompt", Self.nullable("boolean")), .init("tool_choice", Self.toolChoice),
            .init("parallel_tool_calls", Self.nullable("boolean")),
            .init("chat_template_kwargs", Self.nullable("object")),
        ]
    }

    /// What both endpoints know.
    private var sampling: [JSONValue.Member] {
        [
            .init("n", Self.integer(1, mostChoices)), .init("stream", Self.nullable("boolean")),
            .init("stream_options", Self.streamOptions), .init("stop", Self.stops),
            .init("temperature", Self.number(0, 100)), .init("top_p", Self.number(0, 1)),
            .init("top_k", Self.integer(-1, nil)), .init("min_p", Self.number(0, 1)),
            .init("presence_penalty", Self.number(-2, 2)), .init("frequency_penalty", Self.number(-2, 2)),
            .init("repeat_penalty", Self.number(0.01, 100)), .init("repetition_penalty", Self.number(0.01, 100)),
            .init("logit_bias", Self.biases), .init("repeat_last_n", Self.integer(-1, nil)),
            .init("seed", Self.integer(Int.min, Int.max)),
            .init("ignore_eos", Self.nullable("boolean")),
            .init("response_format", Self.responseFormat), .init("grammar", Self.nullable("string")),
            .init("json_schema", Self.nullable("object")),
            .init("lookup", Self.integer(0, GenerationOptions.mostLookup)),
        ] + samplers
    }

    /// llama.cpp's names for samplers that are not used by default.
    private var samplers: [JSONValue.Member] {
        let dry = SamplingOptions.DRY.self
        return [
            .init("typical_p", Self.number(0, 1)), .init("typ_p", Self.number(0, 1)),
            .init("top_n_sigma", Self.number(-1, 1000)),
            .init("xtc_probability", Self.number(0, 1)), .init("xtc_threshold", Self.number(0, 1)),
            .init("dynatemp_range", Self.number(0, 100)), .init("dynatemp_exponent", Self.number(0, 100)),
            .init("mirostat", Self.integer(0, 2)), .init("mirostat_tau", Self.number(0, 100)),
            .init("mirostat_eta", Self.number(0, 100)), .init("dry_multiplier", Self.number(0, 1000)),
            .init("dry_base", Self.number(1, 1000)), .init("dry_allowed_length", Self.integer(0, nil)),
            .init("dry_penalty_last_n", Self.integer(-1, nil)),
            .init("dry_sequence_breakers", Self.texts(atMost: dry.mostBreakers, bytes: dry.longestBreaker)),
            .init("samplers", Self.order),
        ]
    }

    /// A text or a list of texts. Characters are counted, of which each is a byte or more.
    private static func texts(atMost count: Int, bytes: Int, leastLength: Int = 1) -> JSONValue {
        let text: JSONValue = ["type": "string", "minLength": .integer(leastLength), "maxLength": .integer(bytes)]
        let list: JSONValue = ["type": "array", "items": text, "maxItems": .integer(count)]
        return .object([.init("anyOf", .array([text, list, ["type": "null"]]))])
    }

    /// Names in a list, or letters in a text; none twice.
    private static var order: JSONValue {
        let names = SamplerStage.spellings.map { JSONValue.string($0) }
        let list: JSONValue = [
            "type": "array", "items": .object([.init("enum", .array(names))]), "uniqueItems": true,
            "maxItems": .integer(SamplerStage.allCases.count),
        ]
        let letters: JSONValue = [
            "type": "string", "pattern": .string("^[\(SamplerStage.letters)]*$"),
            "maxLength": .integer(SamplerStage.allCases.count),
        ]
        return .object([.init("anyOf", .array([list, letters, ["type": "null"]]))])
    }

    private static let stops = texts(
        atMost: AnswerFields.mostStops, bytes: AnswerFields.longestStop, leastLength: 0)

    private static let streamOptions: JSONValue = [
        "type": .array(["object", "null"]), "properties": ["include_usage": nullable("boolean")],
    ]

    /// By tokens' numbers.
    private static let biases: JSONValue = [
        "type": .array(["object", "null"]), "maxProperties": .integer(SamplingFields.mostBiases),
        "propertyNames": ["pattern": "^[0-9]+$"],
        "additionalProperties": ["type": "number", "minimum": -100, "maximum": 100],
    ]

    private static let tools: JSONValue = [
        "type": .array(["array", "null"]), "maxItems": .integer(Conversation.mostTools), "items": ["type": "object"],
    ]

    private static let toolChoice: JSONValue = .object([
        .init(
            "anyOf",
            .array([
                .object([.init("enum", .array(["none", "auto", "required", .null]))]),
                [
                    "type": "object", "required": .array(["type", "function"]),
                    "properties": [
                        "type": .object([.init("const", "function")]),
                        "function": [
                            "type": "object", "required": .array(["name"]), "properties": ["name": ["type": "string"]],
                        ],
                    ],
                ],
            ]))
    ])

    private static let responseFormat: JSONValue = [
        "type": .array(["object", "null"]),
        "properties": [
            "type": .object([.init("enum", .array(["text", "json_object", "json_schema"]))]),
            "json_schema": ["type": "object", "properties": ["schema": ["type": "object"]]],
        ],
    ]

    private static let token: JSONValue = ["type": "integer", "minimum": 0, "maximum": 2_147_483_647]

    private static func nullable(_ type: String) -> JSONValue { ["type": .array([.string(type), "null"])] }

    private static func integer(_ least: Int, _ most: Int?) -> JSONValue {
        [
            "type": .array(["integer", "null"]), "minimum": .integer(least),
            "maximum": .integer(most ?? Int(Int32.max)),
        ]
    }

    private static func number(_ least: Double, _ most: Int) -> JSONValue {
        ["type": .array(["number", "null"]), "minimum": .number(least), "maximum": .integer(most)]
    }

    private static func object(_ members: [JSONValue.Member], required: [String]) -> JSONValue {
        [
            "type": "object", "properties": .object(members),
            "required": .array(required.map { .string($0) }),
        ]
    }
}
