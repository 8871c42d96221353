package import LlamaradaTensors

/// A message of a conversation: an object with `role` and `content`, as OpenAI's API and chat templates have it.
package struct ChatMessage: Sendable, Equatable {
    /// The members, without those that are null; `content` is a text, where there is one.
    package let members: [JSONValue.Member]

    /// A message of text.
    package init(role: String, content: String) {
        members = [.init("role", .string(role)), .init("content", .string(content))]
    }

    /// What the model said: text and calls of tools, with ids that number them.
    package init(_ answer: ParsedAnswer) {
        var members = [JSONValue.Member("role", .string("assistant")), .init("content", .string(answer.content))]
        if !answer.calls.isEmpty { members.append(.init("tool_calls", .array(answer.calls.map(\.json)))) }
        self.members = members
    }

    /// Reads a message of OpenAI's API; a content of several texts becomes one, a line each.
    ///
    /// - Parameter name: what errors call it.
    /// - Throws: `ChatError` where it is no object with a role, or has parts that are no text.
    package init(_ json: JSONValue, name: String = "message") throws(ChatError) {
        guard let all = json.members else {
            throw .invalid(name, expected: "an object with role and content", found: json.kindName)
        }
        var members: [JSONValue.Member] = []
        for member in all where member.value != .null {
            let path = "\(name).\(member.name)"
            switch member.name {
            case "content": members.append(.init("content", .string(try Self.text(member.value, path))))
            case "tool_calls":
                try Self.checkCalls(member.value, path)
                members.append(member)
            case "role", "reasoning_content", "reasoning", "thinking", "name", "tool_call_id":
                guard member.value.text != nil else {
                    throw .invalid(path, expected: "a text", found: member.value.kindName)
                }
                members.append(member)
            default: members.append(member)
            }
        }
        guard let role = members.first(where: { $0.name == "role" })?.value.text, !role.isEmpty else {
            throw .invalid("\(name).role", expected: "system, user, assistant or tool", found: "none")
        }
        self.members = members
    }

    /// Reads a list of messages.
    ///
    /// - Throws: `ChatError` where it is none, or one of them is no message.
    package static func list(_ json: JSONValue, name: String = "messages") throws(ChatError) -> [ChatMessage] {
        guard let elements = json.elements else {
            throw .invalid(name, expected: "a list of messages", found: json.kindName)
        }
        guard !elements.isEmpty else { throw .invalid(name, expected: "at least one message", found: "none") }
        var messages: [ChatMessage] = []
        for (index, element) in elements.enumerated() {
            messages.append(try ChatMessage(element, name: "\(name)[\(index)]"))
        }
        return messages
    }

    /// Who speaks: `system`, `user`, `assistant`, `tool`, or what else the template knows.
    package var role: String { json["role"]?.text ?? "" }
    /// What is said; empty where nothing is.
    package var content: String { json["content"]?.text ?? "" }
    /// The message as an object.
    package var json: JSONValue { .object(members) }

    /// The text of a content.
    private static func text(_ json: JSONValue, _ path: String) throws(ChatError) -> String {
        if let text = json.text { return text }
        guard let parts = json.elements else {
            throw .invalid(path, expected: "a text or a list of texts", found: json.kindName)
        }
        var texts: [String] = []
        for (index, part) in parts.enumerated() {
            let kind = part["type"]?.text ?? "text"
            guard let text = part.text ?? part["text"]?.text ?? part["refusal"]?.text else {
                let found = part.members == nil ? part.kindName : "a part of type \(kind.quoted())"
                throw .invalid("\(path)[\(index)]", expected: "a part of type 'text'", found: found)
            }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }

    private static func checkCalls(_ json: JSONValue, _ path: String) throws(ChatError) {
        guard let calls = json.elements else {
            throw .invalid(path, expected: "a list of calls", found: json.kindName)
        }
        for (index, call) in calls.enumerated() {
            let function = call["function"]
            guard function?["name"]?.text != nil else {
                throw .invalid("\(path)[\(index)]", expected: "a function with a name", found: call.kindName)
            }
            switch function?["arguments"] {
            case .string, .object, .null, nil: continue
            case .some(let other):
                throw .invalid(
                    "\(path)[\(index)].function.arguments", expected: "JSON as a text, or an object",
                    found: other.kindName)
            }
        }
    }
}

extension JSONValue {
    /// What it is, for errors.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
