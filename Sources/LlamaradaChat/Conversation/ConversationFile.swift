import LlamaradaTensors

/// A conversation as a file of JSON: `{"messages": [{"role": …, "content": …}, …]}`, the system message first, as
/// OpenAI's API has it.
package struct ConversationFile: Sendable, Equatable {
    /// What the model is told before everything.
    package var system: String?
    /// What was said, in order.
    package var messages: [ChatMessage]

    /// More messages than any conversation has.
    private static let mostMessages = 100_000

    package init(system: String?, messages: [ChatMessage]) {
        self.system = system
        self.messages = messages
    }

    /// Reads a file's bytes, whose number the caller has bounded: such an object, or its list of messages alone.
    ///
    /// - Throws: `ChatError` naming the file.
    package init(_ bytes: [UInt8], name: String) throws(ChatError) {
        let json: JSONValue
        do {
            json = try JSONValue(bytes)
        } catch {
            throw ChatError(
                .invalidFile, "byte \(error.position): expected \(error.expected)", file: name)
        }
        let list = json["messages"] ?? json
        guard let count = list.elements?.count, count <= Self.mostMessages else {
            throw ChatError(
                .invalidFile, "expected an object with at most \(Self.mostMessages) messages, found \(list.kindName)",
                file: name)
        }
        do {
            messages = count == 0 ? [] : try ChatMessage.list(list)
        } catch {
            throw ChatError(.invalidFile, error.problem, file: name, parameter: error.parameter)
        }
        if messages.first?.role == "system" { system = messages.removeFirst().content }
    }

    /// The file's text, a line for each message.
    package var text: String {
        let head = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        let lines = (head + messages).map(\.json.encoded)
        return "{\"messages\": [\n" + lines.joined(separator: ",\n") + "\n]}\n"
    }
}
