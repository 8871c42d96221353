package import LlamaradaTemplates
package import LlamaradaTensors

extension TemplateValue {
    /// JSON as templates see it.
    package init(_ json: JSONValue) {
        self =
            switch json {
            case .null: .none
            case .bool(let flag): .boolean(flag)
            case .integer(let number): .integer(number)
            case .number(let number): .double(number)
            case .string(let text): .string(text)
            case .array(let elements): .list(elements.map(TemplateValue.init))
            case .object(let members): .object(members)
            }
    }

    private static func object(_ members: [JSONValue.Member]) -> TemplateValue {
        .dictionary(TemplateDictionary(members.map { (.string($0.name), TemplateValue($0.value)) }))
    }
}

/// What templates read as the content of a message.
package enum ContentStyle: Sendable {
    /// A text.
    case text
    /// A list of parts: `{"type": "text", "text": …}`.
    case parts
}

extension ChatMessage {
    /// The message as transformers' callers hand it to a template: what is null has no key, arguments of calls are
    /// objects, and reasoning stands under each of the names that templates know.
    package func templateValue(_ style: ContentStyle) -> TemplateValue {
        var members = members
        if style == .parts, let place = members.firstIndex(where: { $0.name == "content" }) {
            let part = JSONValue.object([.init("type", .string("text")), .init("text", members[place].value)])
            members[place].value = .array([part])
        }
        if let place = members.firstIndex(where: { $0.name == "tool_calls" }) {
            members[place].value = .array((members[place].value.elements ?? []).map(Self.withArgumentsRead))
        }
        let names = ["reasoning_content", "reasoning", "thinking"]
        if let reasoning = members.first(where: { names.contains($0.name) }) {
            for name in ["reasoning_content", "thinking"] where !members.contains(where: { $0.name == name }) {
                members.append(.init(name, reasoning.value))
            }
        }
        return TemplateValue(.object(members))
    }

    /// OpenAI's API has arguments as a text of JSON; templates want what it says.
    private static func withArgumentsRead(_ call: JSONValue) -> JSONValue {
        guard var members = call.members, let place = members.firstIndex(where: { $0.name == "function" }),
            var function = members[place].value.members
        else { return call }
        if let index = function.firstIndex(where: { $0.name == "arguments" }),
            let text = function[index].value.text, let read = try? JSONValue(Array(text.utf8)), read.members != nil
        {
            function[index].value = read
        }
        members[place].value = .object(function.filter { $0.value != .null })
        return .object(members.filter { $0.value != .null })
    }
}
