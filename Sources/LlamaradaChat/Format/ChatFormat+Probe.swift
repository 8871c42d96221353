import LlamaradaTemplates

extension ChatFormat.Variant {
    /// Reads a template and tries what it makes of a message and of a tool.
    init(_ source: String, _ specialTokens: [String: TemplateValue]) throws(TemplateError) {
        template = try ChatTemplate(source)
        self.source = source
        // A hundredth of what a conversation may take: a template that wants more is one that fails.
        var limits = TemplateLimits()
        limits.steps /= 100
        let probe = try ChatTemplate(source, limits: limits)
        func render(_ content: TemplateValue, tools: TemplateValue) -> String? {
            var variables = specialTokens
            variables["messages"] = [["role": "user", "content": content]]
            variables["tools"] = tools
            variables["documents"] = TemplateValue.none
            variables["add_generation_prompt"] = true
            return try? probe.render(variables, now: TemplateDate(year: 2024, month: 7, day: 26))
        }
        let shows = { (text: String?) in text?.contains(Self.word) ?? false }
        let parts: TemplateValue = [["type": "text", "text": .string(Self.word)]]
        let needsParts = !shows(render(.string(Self.word), tools: .none)) && shows(render(parts, tools: .none))
        style = needsParts ? .parts : .text
        let hello: TemplateValue = "hello"
        takesTools = shows(render(needsParts ? [["type": "text", "text": hello]] : hello, tools: Self.tools))
    }

    /// A word that no template has.
    private static let word = "qzvxprobe"

    private static let tools: TemplateValue = [
        [
            "type": "function",
            "function": [
                "name": .string(word), "description": "None.",
                "parameters": ["type": "object", "properties": [:], "required": []],
            ],
        ]
    ]
}
