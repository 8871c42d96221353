/// What was said in a conversation, with or without a system message; every turn begins with a user's message.
package struct Turns: Sendable, Equatable {
    /// What the model is told before everything.
    package var system: String?
    /// What was said, in order, the system message not among it.
    package var messages: [ChatMessage]
    /// How many turns the model is not shown any more, the oldest ones, because its context is full.
    package var forgotten = 0

    package init(system: String? = nil, messages: [ChatMessage] = []) {
        self.system = system
        self.messages = messages
    }

    /// Where each turn begins.
    private var starts: [Int] { messages.indices.filter { messages[$0].role == "user" } }

    /// How many turns there are.
    package var count: Int { starts.count }

    /// The messages that the model is shown when the first `forgotten` turns are not.
    package func shown(forgetting forgotten: Int) -> [ChatMessage] {
        let head = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        let starts = starts
        let start = forgotten <= 0 ? 0 : starts.isEmpty ? messages.count : starts[min(forgotten, starts.count - 1)]
        return head + messages[start...]
    }
}
