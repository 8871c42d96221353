import ArgumentParser
import Llamarada
import LlamaradaChat
import LlamaradaTensors

/// How a conversation is held; names are llama.cpp's.
struct ConversationArguments: ParsableArguments {
    @Option(
        name: [.customLong("sys", withSingleDash: true), .customLong("system-prompt")], parsing: .unconditional,
        help: .init("What the model is told before everything.", valueName: "text"))
    var system: String?

    @Flag(
        name: [.customLong("st", withSingleDash: true), .customLong("single-turn")],
        help: "Answer one message, and end.")
    var singleTurn = false

    @Option(
        name: [.customShort("r"), .customLong("reverse-prompt")], parsing: .unconditionalSingleValue,
        help: .init("End an answer at this text; may be given several times.", valueName: "text"))
    var reversePrompts: [String] = []

    @Option(
        help: .init("A file with the chat template to use in place of the model's own.", valueName: "file"),
        completion: .file())
    var chatTemplateFile: String?

    func validate() throws {
        for (text, name) in [(system, "-sys")] + reversePrompts.map({ ($0, "-r") }) {
            if let problem = ProcessArguments.problem(ofText: text, name) { throw ValidationError(problem) }
        }
        if reversePrompts.contains("") { throw ValidationError("-r needs a text.") }
    }

    /// The first option that only means something in a conversation, where one is given.
    var firstGiven: String? {
        if system != nil { return "-sys" }
        if singleTurn { return "-st" }
        return chatTemplateFile == nil ? nil : "--chat-template-file"
    }

    /// The template in the place of the model's own.
    func template() throws -> String? {
        try chatTemplateFile.map { String(decoding: try TextFile.read($0), as: UTF8.self) }
    }
}
