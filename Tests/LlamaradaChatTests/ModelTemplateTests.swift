import Foundation
import LlamaradaChat
import LlamaradaTemplates
import LlamaradaTensors
import TestSupport
import Testing

/// Messages of OpenAI's API, with tools and their calls, through the templates of real models: as Jinja has it.
@Suite struct ModelTemplateTests {
    /// Conversations whose messages are no such messages, or which show a template something else on purpose.
    private static let others: Set = [
        "nothing", "content is none", "content is a number", "parts", "image with address", "arguments as text",
        "answer is a list", "answer is a dictionary", "call with bare names", "documents", "tools undefined",
    ]

    private static func load(_ name: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONValue(Array(Data(contentsOf: folder.appending(path: "Fixtures/templates/\(name).json"))))
    }

    @Test(arguments: [
        "deepseek_r1_distill", "glm4moe", "gptoss", "phi3", "phi3_5", "qwen2_5", "qwen3", "qwen3_5_think",
        "qwen3_instruct_2507", "qwen3_training", "qwen3_vl", "smollm2",
    ]) func equalsJinja(_ name: String) throws {
        let fixture = try Self.load(name)
        let conversations = try Self.load("conversations")
        let format = try TestFormat.make(template: try #require(fixture["template"]?.text))
        var compared = 0
        for item in try #require(fixture["cases"]?.elements) {
            let title = try #require(item["name"]?.text)
            let variables = try #require(conversations[title])
            let messages = try #require(variables["messages"])
            // What others call reasoning_content is shown to this one, too.
            let isShownMore = name == "gptoss" && messages.encoded.contains("reasoning_content")
            guard let text = item["output"]?.text, !Self.others.contains(title), !isShownMore else { continue }
            let rendered = try format.render(
                try ChatMessage.list(messages), tools: variables["tools"]?.elements ?? [],
                addsGenerationPrompt: variables["add_generation_prompt"] == .bool(true), extra: variables.members ?? [],
                now: TemplateDate(year: 2026, month: 3, day: 7, hour: 9, minute: 5, second: 2, microsecond: 1234))
            #expect(rendered.utf8.elementsEqual(text.utf8), "\(title)")
            compared += 1
        }
        #expect(compared >= 10, "\(compared)")
    }
}
