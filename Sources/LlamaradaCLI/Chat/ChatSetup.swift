import Llamarada
import LlamaradaChat
import LlamaradaErrors
import LlamaradaTemplates
import LlamaradaTensors

/// Everything that a conversation in the terminal needs before it begins.
struct ChatSetup {
    var model: ModelOptions
    var sampling: SamplingOptions
    var length: LengthArguments
    var drafts: LookupArguments
    var conversation: ConversationArguments
    var constraint: ConstraintArguments

    /// Loads the model and converses.
    ///
    /// - Parameter first: the first message, where it was given.
    func run(first: TextSource) async throws {
        let first = first.isGiven ? String(decoding: try first.bytes(), as: UTF8.self) : nil
        let template = try conversation.template()
        let source = try constraint.source()
        // Before the weights are read: that may take a minute.
        if template == nil { _ = try ChatFormat.sources(GGUFFile.open(path: model.model).metadata) }
        let input = ChatInput()
        let signals = ChatSignals(stopsAnswers: input.isTerminal)
        let language = try await model.load(lookup: drafts.lookup)
        let talk = Conversation(language, try format(language, template), system: conversation.system)
        signals.finishLoading()
        var options = GenerationOptions(
            maxTokens: length.predict < 0 ? nil : length.predict, sampling: sampling,
            ignoresEndOfText: length.ignoreEos, stopStrings: conversation.reversePrompts,
            lookup: drafts.lookup)
        if let source { options.constraint = try await language.constraint(source) }
        options.sampling.seed = options.sampling.seed ?? UInt64.random(in: 0...UInt64(Int.max))
        var loop = ChatLoop(talk, input, signals, options, modelPath: model.model)
        if input.isTerminal {
            StandardOutput.writeError(
                line: "A context of \(language.contextLength) tokens. /help lists the commands; Ctrl-C stops an answer."
            )
        }
        try await loop.run(first: first, isSingleTurn: conversation.singleTurn)
    }

    /// A template that is no Jinja is the fault of who named it, unless it is the model's.
    private func format(_ language: LanguageModel, _ template: String?) throws -> ChatFormat {
        do {
            return try ChatFormat(language, template: template)
        } catch let error as TemplateError {
            guard let file = conversation.chatTemplateFile else { throw error }
            throw UsageError(line: "\(file): \(error.commandLine)".escapingControls)
        }
    }
}
