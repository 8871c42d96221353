import LlamaradaChat
import LlamaradaTensors

/// What can be done at the prompt.
extension ChatLoop {
    private static let help = #"""
        /help         this text
        /clear        forget what was said; the system message stays
        /system TEXT  tell the model something before everything; alone, show it
        /regenerate   answer the last message once more
        /save FILE    write the conversation as JSON
        /load FILE    go on with a conversation that was saved
        /exit         leave, as Ctrl-D does

        A line that ends in \ goes on with the next one. """ begins and ends a text
        of several lines, which may begin with a slash. Ctrl-C stops an answer; at
        the prompt, twice in a row leaves.
        """#

    mutating func run(_ name: String, _ argument: String) async throws {
        switch name {
        case "help": note(Self.help)
        case "exit", "quit", "bye": leave()
        case "clear":
            await conversation.clear()
            note("What was said is forgotten.")
        case "system": await system(argument)
        case "regenerate":
            try await answer { [conversation] in try await conversation.regenerate($0, show: $1) }
        case "save": try await save(argument)
        case "load": try await load(argument)
        default:
            throw UsageError(line: "There is no command '/\(name)'. /help lists them all.".escapingControls)
        }
    }

    private func system(_ text: String) async {
        guard text.isEmpty else { return await conversation.tell(text) }
        note((await conversation.system ?? "There is no system message.").escapingControls)
    }

    private func save(_ path: String) async throws {
        let conversation = await conversation.file
        let file = try OutputFile.open(path, as: "/save", inputs: [modelPath], replacing: .allButModels)
        try OutputFile.write(conversation.text, to: file) {}
        note("\(conversation.messages.count) messages are in \(path).".escapingControls)
    }

    private func load(_ path: String) async throws {
        guard !path.isEmpty else { throw UsageError(line: "/load: a file needs a name.") }
        let file = try ConversationFile(TextFile.read(path), name: path)
        await conversation.load(file)
        note("\(file.messages.count) messages are here again.")
    }
}
