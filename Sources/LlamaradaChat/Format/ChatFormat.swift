package import Llamarada
package import LlamaradaTemplates
package import LlamaradaTensors
package import LlamaradaText

/// How a model wants conversations written: its chat templates, and the tokens that they are made of.
package struct ChatFormat: Sendable {
    /// A template that was read, and what it takes.
    struct Variant: Sendable {
        var template: ChatTemplate
        var source: String
        var style: ContentStyle
        var takesTools: Bool
    }

    /// The template that is taken where none is named.
    package static let defaultName = "default"
    /// The one that is taken where there are tools, by its custom name.
    private static let toolsName = "tool_use"
    /// More than any file names.
    private static let mostVariants = 32

    private let variants: [String: Variant]
    private let tokenizer: Tokenizer

    /// Finds a model's templates.
    ///
    /// - Parameter source: a template in the place of all that the model carries.
    /// - Throws: `ChatError` where there is none, `TemplateError` where one is no Jinja, `CheckpointError` where one is no
    ///   text.
    package init(_ model: LanguageModel, template source: String? = nil) throws {
        try self.init(model.metadata, model.tokenizer, template: source)
    }

    /// The same by a file's header.
    package init(_ metadata: GGUFMetadata, _ tokenizer: Tokenizer, template source: String? = nil) throws {
        self.tokenizer = tokenizer
        let sources = try source.map { [Self.defaultName: $0] } ?? Self.sources(metadata)
        var variants: [String: Variant] = [:]
        for (name, source) in sources {
            variants[name] = try Variant(source, Self.specialTokens(tokenizer))
        }
        self.variants = variants
    }

    /// The templates of a file by their names; at least one.
    ///
    /// - Throws: `ChatError` where there is none, `CheckpointError` where one is no text.
    package static func sources(_ metadata: GGUFMetadata) throws -> [String: String] {
        let key = "tokenizer.chat_template"
        var sources: [String: String] = [:]
        if let source = try metadata.find(key, .text) { sources[defaultName] = source }
        for name in metadata.keys where name.hasPrefix(key + ".") && sources.count < mostVariants {
            sources[String(name.dropFirst(key.count + 1))] = try metadata.find(name, .text)
        }
        guard !sources.isEmpty else {
            throw ChatError(
                .noTemplate, "The model carries no chat template: it was made to continue texts, not to converse")
        }
        return sources
    }

    /// The names of all templates, in order.
    package var names: [String] { variants.keys.sorted() }

    /// A template's text.
    ///
    /// - Throws: `ChatError` where there is none of that name.
    package func source(named name: String? = nil) throws(ChatError) -> String { try variant(name, false).source }

    /// The text of the template that is taken for tools.
    func toolsSource() throws(ChatError) -> String { try variant(nil, true).source }

    /// Whether a piece is one of the vocabulary's control tokens.
    func isControl(_ piece: [UInt8]) -> Bool {
        tokenizer.id(ofPiece: piece).map { tokenizer.vocabulary.kinds[Int($0)] == .control } ?? false
    }

    /// Whether the template that is taken for tools makes anything of them.
    package var takesTools: Bool { (try? variant(nil, true))?.takesTools ?? false }

    private func variant(_ name: String?, _ hasTools: Bool) throws(ChatError) -> Variant {
        let found =
            if let name { variants[name] } else {
                (hasTools ? variants[Self.toolsName] : nil) ?? variants[Self.defaultName]
            }
        if let found { return found }
        throw ChatError(
            .unknownTemplate,
            "The model carries no chat template named \((name ?? Self.defaultName).quoted()), only \(names.joined(separator: ", "))"
        )
    }
}

extension ChatFormat {
    /// A conversation as the model wants it written.
    ///
    /// - Parameters:
    ///   - tools: what the model may call, as OpenAI's API has it.
    ///   - addsGenerationPrompt: whether the text ends where the model's answer begins.
    ///   - extra: more variables of the template (`enable_thinking`).
    ///   - name: which template; nil is the default one, or `tool_use` where there are tools.
    /// - Throws: `ChatError` where there is no such template, `TemplateError` where it fails or refuses the conversation.
    package func render(
        _ messages: [ChatMessage], tools: [JSONValue] = [], addsGenerationPrompt: Bool = true,
        extra: [JSONValue.Member] = [], template name: String? = nil, now: TemplateDate = .now
    ) throws -> String {
        let variant = try variant(name, !tools.isEmpty)
        var variables = Self.specialTokens(tokenizer)
        for member in extra { variables[member.name] = TemplateValue(member.value) }
        variables["messages"] = .list(messages.map { $0.templateValue(variant.style) })
        variables["tools"] = tools.isEmpty ? TemplateValue.none : .list(tools.map(TemplateValue.init))
        variables["documents"] = TemplateValue.none
        variables["add_generation_prompt"] = .boolean(addsGenerationPrompt)
        return try variant.template.render(variables, now: now)
    }

    /// The tokens of a rendered conversation: special tokens are those that it spells, whether the template or a message
    /// did, and a text begins with BOS where the model wants it, once.
    package func tokens(of text: String) -> [TokenID] { tokens(of: Array(text.utf8)) }

    func tokens(of text: [UInt8]) -> [TokenID] {
        let tokens = tokens(continuing: text)
        let vocabulary = tokenizer.vocabulary
        guard vocabulary.addsBOS, let bos = vocabulary.bos, tokens.first != bos else { return tokens }
        return [bos] + tokens
    }

    /// The tokens of text that goes on behind some other.
    func tokens(continuing text: [UInt8]) -> [TokenID] {
        tokenizer.encode(text, addSpecial: false, parseSpecial: true)
    }

    func isSpecial(_ token: TokenID) -> Bool { tokenizer.isSpecial(token) }

    /// Whether some tokens of an answer read as a text, bytes that are not UTF-8 repaired.
    func reads(_ tokens: some Sequence<TokenID>, as text: String) -> Bool {
        let bytes = tokenizer.decode(Array(tokens), isContinuation: true)
        return String(decoding: bytes, as: UTF8.self).utf8.elementsEqual(text.utf8)
    }

    /// The spellings of special tokens, by the names that transformers has for them.
    private static func specialTokens(_ tokenizer: Tokenizer) -> [String: TemplateValue] {
        let vocabulary = tokenizer.vocabulary
        let tokens = [
            "bos_token": vocabulary.bos, "eos_token": vocabulary.eos, "unk_token": vocabulary.unknown,
            "pad_token": vocabulary.padding,
        ]
        return tokens.compactMapValues { token in
            guard let token else { return nil }
            return .string(String(decoding: tokenizer.bytes(of: token, showSpecial: true), as: UTF8.self))
        }
    }
}
