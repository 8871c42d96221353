import Llamarada
import LlamaradaChat
import LlamaradaTemplates
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Conversations as models want them written.
@Suite struct ChatFormatTests {
    private static func format(_ metadata: [String: MetadataValue], template: String? = nil) throws -> ChatFormat {
        try TestFormat.make(metadata, template: template)
    }

    private typealias Model = (file: GGUFFile, tokenizer: Tokenizer)
    /// A vocabulary of 262,144 pieces, so read once.
    private static let gemma = Result { try open(Gemma.path) }
    private static let demo = Result { try open(DemoModel.path) }

    private static func open(_ path: String) throws -> Model {
        let file = try GGUFFile.open(path: path)
        return (file, try Tokenizer(gguf: file))
    }

    private static let hello = [ChatMessage(role: "user", content: "hello")]
    private static let tool: JSONValue = .object([
        .init("type", .string("function")), .init("function", .object([.init("name", .string("clock"))])),
    ])

    /// Text and tokens are those of transformers, to the byte.
    @Test(arguments: ["demo", "gemma"]) func equalsTransformers(_ name: String) throws {
        let fixture = try ChatFixture(name)
        let model = try name == "demo" ? Self.demo.get() : Self.gemma.get()
        let format = try ChatFormat(
            model.file.metadata, model.tokenizer, template: name == "demo" ? nil : fixture.template)
        #expect(try format.source() == fixture.template && fixture.cases.count == 20)
        for item in fixture.cases {
            func render() throws -> String {
                try format.render(item.messages, addsGenerationPrompt: item.addsGenerationPrompt)
            }
            guard let text = item.text else {
                #expect(throws: TemplateError.self, "\(item.name)") { try render() }
                continue
            }
            #expect(try Array(render().utf8) == Array(text.utf8), "\(item.name)")
            #expect(try format.tokens(of: render()) == item.tokens, "\(item.name)")
        }
    }

    @Test func aModelWithoutATemplateIsToldApart() throws {
        let gemma = try Self.gemma.get()
        #expect { try ChatFormat(gemma.file.metadata, gemma.tokenizer) } throws: {
            ($0 as? ChatError)?.code == .noTemplate
        }
    }

    @Test func bosComesOnce() throws {
        func tokens(_ template: String, _ metadata: [String: MetadataValue] = [:]) throws -> [TokenID] {
            let format = try Self.format(metadata, template: template)
            return try format.tokens(of: format.render(Self.hello))
        }
        let with = try tokens("{{ bos_token }}{{ messages[0].content }}{{ eos_token }}")
        let without = try tokens("{{ messages[0].content }}{{ eos_token }}")
        #expect(with == without && with.first == 0 && with.last == 1 && with.count == 7)
        let off: [String: MetadataValue] = ["tokenizer.ggml.add_bos_token": .bool(false)]
        #expect(try tokens("{{ messages[0].content }}{{ eos_token }}", off) == Array(with.dropFirst()))
    }

    @Test func namedTemplates() throws {
        let key = "tokenizer.chat_template"
        let format = try Self.format([
            key: .text("plain"), key + ".tool_use": .text("tools {{ tools[0].function.name }}"),
            key + ".rag": .text("rag"),
        ])
        #expect(format.names == ["default", "rag", "tool_use"] && format.takesTools)
        #expect(try format.render(Self.hello) == "plain")
        #expect(try format.render(Self.hello, tools: [Self.tool]) == "tools clock")
        #expect(try format.render(Self.hello, template: "rag") == "rag")
        #expect { try format.render(Self.hello, template: "x") } throws: {
            ($0 as? ChatError)?.code == .unknownTemplate
        }
        let given = try Self.format([key: .text("plain")], template: "given")
        #expect(try given.render(Self.hello) == "given" && !given.takesTools)
    }

    @Test func templatesThatWantPartsGetThem() throws {
        let parts = try Self.format([:], template: "{% for p in messages[0].content %}[{{ p.text }}]{% endfor %}")
        #expect(try parts.render(Self.hello) == "[hello]")
        let text = try Self.format([:], template: "[{{ messages[0].content }}]")
        #expect(try text.render(Self.hello) == "[hello]")
    }

    @Test func moreVariablesAndTheDate() throws {
        let source = "{{ messages | length }} {{ level }} {{ bos_token }} {{ strftime_now('%d %b %Y') }}"
        let text = try Self.format([:], template: source).render(
            Self.hello,
            extra: [.init("level", .integer(3)), .init("bos_token", .string("B")), .init("messages", .null)],
            now: TemplateDate(year: 2025, month: 2, day: 3))
        #expect(text == "1 3 B 03 Feb 2025")
        let now = TemplateDate.now
        #expect(now.year >= 2025 && now.month <= 12)
    }

    @Test func endsOfTurns() throws {
        let ends = try Self.gemma.get().tokenizer.endOfGenerationTokens
        // <eos> and <end_of_turn>.
        #expect(ends.contains(1) && ends.contains(106))
        let demo = try Self.demo.get().tokenizer.endOfGenerationTokens
        #expect(demo == [0, 2])
    }

    /// Each ends in an error, soon.
    @Test(arguments: [
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}", "{{ messages.foo.bar }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ 'x' * 99999999999 }}", "{{ raise_exception('no') }}",
    ]) func hostileTemplates(_ source: String) throws {
        let format = try Self.format([:], template: source)
        #expect(throws: TemplateError.self) { try format.render(Self.hello) }
    }

    @Test func templatesThatAreNone() {
        #expect(throws: TemplateError.self) { try Self.format([:], template: "{% if %}") }
        #expect(throws: CheckpointError.self) { try Self.format(["tokenizer.chat_template": .string([0xFF])]) }
        #expect(throws: CheckpointError.self) { try Self.format(["tokenizer.chat_template": .uint32(1)]) }
    }
}
