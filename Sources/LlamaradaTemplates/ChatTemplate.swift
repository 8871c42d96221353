/// The template by which a model's makers turn a conversation into text: Jinja, as Hugging Face transformers sets it up.
///
/// Templates come with models and are not trusted: whatever one does ends in a text or in a `TemplateError`, within
/// `TemplateLimits`.
public struct ChatTemplate: Sendable {
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// Reads a template.
    ///
    /// - Throws: `TemplateError` where it is no Jinja, or too long, or nested too deep.
    public init(_ source: String, limits: TemplateLimits = TemplateLimits()) throws(TemplateError) {
        statements = try Parser.statements(of: source, limits: limits)
        self.limits = limits
    }

    /// What the template makes of a conversation.
    ///
    /// - Parameters:
    ///   - messages: dictionaries with `role` and `content`, in order. Give what is absent no key, rather than None.
    ///   - tools: what the model may call, as JSON schemas; none is None to the template.
    ///   - documents: texts to answer from; none is None to the template.
    ///   - addGenerationPrompt: whether the text ends where the model's answer begins.
    ///   - bosToken: the text of the token that begins a text; empty where there is none.
    ///   - eosToken: the text of the token that ends one.
    ///   - extra: more variables; they come before those above.
    ///   - now: what templates that tell the date take for now.
    /// - Throws: `TemplateError`; `.raised` where the template refuses the conversation.
    public func render(
        messages: [TemplateValue], tools: [TemplateValue]? = nil, documents: [TemplateValue]? = nil,
        addGenerationPrompt: Bool = true, bosToken: String = "", eosToken: String = "",
        extra: [String: TemplateValue] = [:], now: TemplateDate
    ) throws(TemplateError) -> String {
        let variables: [String: TemplateValue] = [
            "messages": .list(messages), "tools": tools.map(TemplateValue.list) ?? .none,
            "documents": documents.map(TemplateValue.list) ?? .none,
            "add_generation_prompt": .boolean(addGenerationPrompt), "bos_token": .string(bosToken),
            "eos_token": .string(eosToken),
        ]
        return try render(variables.merging(extra) { $1 }, now: now)
    }

    /// What the template makes of some variables.
    ///
    /// - Throws: `TemplateError`.
    public func render(_ variables: [String: TemplateValue], now: TemplateDate) throws(TemplateError) -> String {
        for value in variables.values where value.height > limits.valueHeight {
            throw TemplateError(.limit, "more than \(limits.valueHeight) lists in each other")
        }
        var named: [TemplateText: TemplateValue] = [:]
        for (name, value) in variables { named[TemplateText(name)] = value }
        return try Interpreter(named, now: now, limits: limits).render(statements).description
    }
}
