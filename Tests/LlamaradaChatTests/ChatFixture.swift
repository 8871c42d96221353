import Foundation
import LlamaradaChat
import LlamaradaTensors
import LlamaradaText
import Testing

/// Conversations, and what transformers makes of them: tools/fixtures/chats.py.
struct ChatFixture {
    struct Case {
        var name: String
        var addsGenerationPrompt: Bool
        var messages: [ChatMessage]
        /// Nil where the template refuses the conversation.
        var text: String?
        var tokens: [TokenID]
    }

    let template: String
    let cases: [Case]

    init(_ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/chats/\(name).json"))
        let json = try JSONValue(Array(data))
        template = try #require(json["template"]?.text)
        cases = try #require(json["cases"]?.elements).map { item in
            Case(
                name: item["name"]?.text ?? "", addsGenerationPrompt: item["addsGenerationPrompt"] == .bool(true),
                messages: try ChatMessage.list(try #require(item["messages"])), text: item["text"]?.text,
                tokens: item["tokens"]?.integers?.map { TokenID($0) } ?? [])
        }
    }
}
