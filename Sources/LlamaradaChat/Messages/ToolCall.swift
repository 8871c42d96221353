package import LlamaradaTensors

/// A call that a model asks for.
package struct ToolCall: Sendable, Equatable {
    /// What tells it from the others: nine letters and digits, as Mistral's templates demand.
    package var id: String
    /// The tool.
    package var name: String
    /// What it is called with: an object.
    package var arguments: JSONValue

    package init(id: String, name: String, arguments: JSONValue) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    /// The call as OpenAI's API has it, the arguments as a text of JSON.
    package var json: JSONValue {
        .object([
            .init("id", .string(id)), .init("type", .string("function")),
            .init(
                "function",
                .object([.init("name", .string(name)), .init("arguments", .string(arguments.encoded))])),
        ])
    }
}

/// An answer of a model, taken apart.
package struct ParsedAnswer: Sendable, Equatable {
    /// The text that is no call.
    package var content: String
    /// The calls, in order.
    package var calls: [ToolCall]

    package init(content: String, calls: [ToolCall] = []) {
        self.content = content
        self.calls = calls
    }
}
