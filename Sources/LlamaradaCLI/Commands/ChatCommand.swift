import ArgumentParser

/// `llamarada chat`: a conversation in the terminal.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Converse with a model: answers go to stdout, all else to stderr.",
        discussion: """
            Uses the chat template that the model carries. /help lists what can be done at the prompt. Where standard \
            input is no terminal, each of its lines is a message, answers alone go to stdout, and the first error ends \
            the conversation.
            """)

    @OptionGroup(title: "Text Options") var first: TextSource
    @OptionGroup(title: "Text Options") var length: LengthArguments
    @OptionGroup(title: "Text Options") var drafts: LookupArguments
    @OptionGroup(title: "Conversation Options") var conversation: ConversationArguments
    @OptionGroup(title: "Model Options") var model: ModelOptions
    @OptionGroup(title: "Sampling Options") var sampling: SamplingArguments
    @OptionGroup(title: "Penalties") var penalties: PenaltyArguments
    @OptionGroup(title: "Other Samplers") var samplers: SamplerArguments
    @OptionGroup(title: "Constraint Options") var constraint: ConstraintArguments

    func validate() throws {
        let stops = conversation.reversePrompts
        if let problem = constraint.problem(ignoresEnd: length.ignoreEos, stops: stops) {
            throw ValidationError(problem)
        }
    }

    func run() async throws {
        let setup = ChatSetup(
            model: model, sampling: sampling.options(penalties, samplers), length: length, drafts: drafts,
            conversation: conversation, constraint: constraint)
        try await setup.run(first: first)
    }
}
