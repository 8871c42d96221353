public import LlamaradaText
import Synchronization

/// A conversation with a model: everything that was said so far, of which each turn computes only what is new.
///
/// A session remembers how each of its tokens was computed, as part of a prompt or one by one in an answer, and takes
/// over the keys and values of just these; where the cache had to give them up, they are computed in the same way again.
/// So its answers do not depend on who else uses the model.
public final class Session: Sendable {
    private struct History {
        var tokens: [TokenID] = []
        var kinds: [RowKind] = []
        /// Where the answer under way goes.
        var output: EventBuffer?
    }

    /// What came of an attempt to add a text.
    private enum Turn {
        /// Everything so far, to be answered.
        case begun(History)
        /// The answer before was left and ends within a step.
        case ending
        case busy
    }

    private let model: LanguageModel
    private let salt: UInt64
    private let history = Mutex(History())

    init(_ model: LanguageModel, salt: UInt64) {
        self.model = model
        self.salt = salt
    }

    /// Everything so far: prompts and answers.
    public var tokens: [TokenID] { history.withLock { $0.tokens } }

    /// Adds a text and answers it. The first text begins as the model wants a text to begin, with BOS where it adds one.
    ///
    /// The answer belongs to the history as far as it came, of an answer that was left as far as it was read.
    /// `options.cacheSalt` and `options.reuse` do not matter.
    public func generate(_ text: String, options: GenerationOptions = .init()) -> GenerationStream {
        do {
            let isFirst = history.withLock { $0.tokens.isEmpty }
            return generate(
                try model.tokens(of: text, parsesSpecial: options.parsesSpecial, addsSpecial: isFirst),
                options: options)
        } catch {
            return GenerationStream(failing: error)
        }
    }

    /// Adds a text of tokens and answers it.
    public func generate(_ text: [TokenID], options: GenerationOptions = .init()) -> GenerationStream {
        var options = options
        options.cacheSalt = salt
        options.reuse = .prompts
        let output = model.makeBuffer()
        switch begin(text, output) {
        case .begun(let history): start(history, adding: text.count, options, output)
        case .busy: return GenerationStream(failing: Self.busy)
        case .ending:
            Task { [options] in
                while !output.isCancelled {
                    switch begin(text, output) {
                    case .begun(let history): return start(history, adding: text.count, options, output)
                    case .busy: return output.finish(.failure(Self.busy))
                    case .ending: try? await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
        }
        return GenerationStream(output)
    }

    private static let busy = GenerationError(.busy, "The session is still answering what was said before")

    private func begin(_ text: [TokenID], _ output: EventBuffer) -> Turn {
        history.withLock { history in
            if let before = history.output { return before.isCancelled ? .ending : .busy }
            history.tokens += text
            history.kinds += text.map { _ in .prompt }
            history.output = output
            return .begun(history)
        }
    }

    private func start(_ history: History, adding count: Int, _ options: GenerationOptions, _ output: EventBuffer) {
        model.start(
            GenerationLoop.Request(
                tokens: history.tokens, kinds: history.kinds, options: options, output: output,
                kept: history.tokens.count - count
            ) { [self] tokens, kinds in
                self.history.withLock { $0 = History(tokens: tokens, kinds: kinds) }
            })
    }

    /// Returns when no answer is under way: one that was left ends within a step.
    public func idle() async {
        while history.withLock({ $0.output != nil }) {
            // Also where the task was cancelled, which ends every sleep at once.
            await Task.yield()
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Forgets all but the first so many tokens, to go on from there.
    ///
    /// - Throws: `GenerationError` while an answer is under way.
    public func rewind(to count: Int) throws {
        try history.withLock { history in
            guard history.output == nil else { throw Self.busy }
            history.tokens = Array(history.tokens.prefix(max(0, count)))
            history.kinds = Array(history.kinds.prefix(max(0, count)))
        }
    }
}
