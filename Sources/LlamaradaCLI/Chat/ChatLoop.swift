import Glibc
import Llamarada
import LlamaradaChat
import LlamaradaTemplates

/// A conversation in the terminal: what is said is answered, and what begins with a slash is done.
struct ChatLoop {
    let conversation: Conversation
    let modelPath: String
    private let input: ChatInput
    private let signals: ChatSignals
    private let options: GenerationOptions
    /// How many answers were begun: each draws from a random sequence of its own.
    private var answers: UInt64 = 0
    private var lines = MessageLines()
    private var hasLeft = false

    init(
        _ conversation: Conversation, _ input: ChatInput, _ signals: ChatSignals, _ options: GenerationOptions,
        modelPath: String
    ) {
        self.conversation = conversation
        self.input = input
        self.signals = signals
        self.options = options
        self.modelPath = modelPath
    }

    /// Goes on until somebody leaves.
    ///
    /// - Throws: what ends the program; where a person converses, not what another message may make good.
    mutating func run(first: String?, isSingleTurn: Bool) async throws {
        if let first { try await take(.message(first)) }
        while !hasLeft, !(isSingleTurn && answers > 0) {
            switch try await nextLine() {
            case .line(let line): try await take(lines.append(line))
            case .end:
                try await take(lines.finish())
                hasLeft = true
            case .interrupted: lines.cancel()
            }
        }
    }

    /// The next line; the second Ctrl-C in a row ends the program.
    private mutating func nextLine() async throws -> ChatInput.Line {
        let line = try await signals.waiting { [input, lines, signals] in
            try await input.next(lines.isPending ? ". " : "> ", signals)
        }
        guard case .interrupted = line else {
            signals.forgetPresses()
            return line
        }
        if signals.wasPressedTwice { throw Interruption.Signalled(number: SIGINT) }
        note("Ctrl-C once more leaves, as do Ctrl-D and /exit.")
        return line
    }

    private mutating func take(_ entry: MessageLines.Entry?) async throws {
        guard let entry else { return }
        do {
            switch entry {
            case .message(let text):
                try await answer { [conversation] in try await conversation.answer(text, $0, show: $1) }
            case .command(let name, let argument): try await run(name, argument)
            case .tooLong: throw UsageError(line: "The message is longer than anything that can be said.")
            }
        } catch {
            guard input.isTerminal, Self.isHarmless(error), let line = ExitStatus.of(error)?.line else { throw error }
            note(line)
        }
    }

    /// Whether the conversation can go on.
    private static func isHarmless(_ error: any Error) -> Bool {
        switch error {
        case is GenerationError, is TemplateError, is ChatError, is UsageError, is TextFile.Failure: true
        default:
            (ExitStatus.of(error)?.status ?? ExitStatus.device) == ExitStatus.io && !(error is StandardOutput.Failure)
        }
    }

    /// Something for the person alone.
    func note(_ text: String) { StandardOutput.writeError(line: text) }

    mutating func leave() { hasLeft = true }

    /// Shows an answer as it comes, and how it went.
    mutating func answer(
        _ work:
            @escaping @Sendable (GenerationOptions, @escaping @Sendable (String) throws -> Void) async throws ->
            Conversation.Outcome?
    ) async throws {
        var options = options
        options.sampling.seed = options.sampling.seed.map { $0 &+ answers }
        let outcome = try await signals.answering { [options] in
            try await work(options) { try StandardOutput.write($0) }
        }
        guard let outcome else { return note("There is nothing to answer yet.") }
        answers += 1
        try StandardOutput.write("\n")
        if outcome.forgottenTurns > 0 {
            let turns = outcome.forgottenTurns == 1 ? "turn is" : "\(outcome.forgottenTurns) turns are"
            note("The context is full: the oldest \(turns) not shown to the model any more; the system message is.")
        }
        note(ChatReport.line(outcome))
    }
}
