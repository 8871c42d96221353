import Llamarada
import LlamaradaChat
import LlamaradaTemplates
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Conversations as models want them written.
@Suite struct ChatFormatTests {
    private static func format(
        _ metadata: [String: MetadataValue], template: String? = nil
    ) throws -> ChatFormat {
        var writer = GGUFWriter()
        let pieces =
            ["<s>", "</s>", "<unk>", "<|im_end|>", "<tool_call>"] + (0..<256).map { "<0x\(hex($0))>" } + ["\u{2581}"]
        let kinds: [Int32] = [3, 3, 2, 3, 4] + [Int32](repeating: 6, count: 256) + [1]
        writer.add("tokenizer.ggml.model", .text("llama"))
        writer.add("tokenizer.ggml.tokens", .array(.string(MetadataStrings(pieces.map { Array($0.utf8) }))))
        writer.add("tokenizer.ggml.token_type", .array(.int32(kinds)))
        writer.add("tokenizer.ggml.scores", .array(.float32([Float](repeating: 0, count: pieces.count))))
        writer.add("tokenizer.ggml.bos_token_id", .uint32(0))
        writer.add("tokenizer.ggml.eos_token_id", .uint32(1))
        writer.add("tokenizer.ggml.unknown_token_id", .uint32(2))
        writer.add("tokenizer.ggml.add_space_prefix", .bool(false))
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.add(key, value) }
        var bytes: [UInt8] = []
        try writer.write(into: { bytes.append(contentsOf: $0) }, file: "tiny.gguf") { _, _ in }
        let file = try TinyModel.open(bytes)
        return try ChatFormat(file.metadata, Tokenizer(gguf: file), template: template)
    }

    private static func hex(_ byte: Int) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }

    private static let hello = [ChatMessage(role: "user", content: "hello")]
    private static let tool: JSONValue = .object([
        .init("type", .string("function")), .init("function", .object([.init("name", .string("clock"))])),
    ])

    /// Text and tokens are those of transformers, to the byte.
    @Test(arguments: ["demo", "gemma"]) func equalsTransformers(_ name: String) throws {
        let fixture = try ChatFixture(name)
        let file = try GGUFFile.open(path: name == "demo" ? DemoModel.path : Gemma.path)
        let format = try ChatFormat(
            file.metadata, Tokenizer(gguf: file), template: name == "demo" ? nil : fixture.template)
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
        let file = try GGUFFile.open(path: Gemma.path)
        let tokenizer = try Tokenizer(gguf: file)
        #expect { try ChatFormat(file.metadata, tokenizer) } throws: { ($0 as? ChatError)?.code == .noTemplate }
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
        let file = try GGUFFile.open(path: Gemma.path)
        let ends = try Tokenizer(gguf: file).endOfGenerationTokens
        // <eos> and <end_of_turn>.
        #expect(ends.contains(1) && ends.contains(106))
        let demo = try Tokenizer(gguf: GGUFFile.open(path: DemoModel.path)).endOfGenerationTokens
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
