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
        var isAnswering = false
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
    /// The answer belongs to the history as far as it came, wherever its stream ends.
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
        let prompt = history.withLock { history -> History? in
            guard !history.isAnswering else { return nil }
            history.tokens += text
            history.kinds += text.map { _ in .prompt }
            history.isAnswering = true
            return history
        }
        guard let prompt else {
            return GenerationStream(
                failing: GenerationError(.busy, "The session is still answering what was said before"))
        }
        var options = options
        options.cacheSalt = salt
        options.reuse = .prompts
        return model.generate(prompt.tokens, kinds: prompt.kinds, options: options) { [self] tokens, kinds in
            history.withLock { $0 = History(tokens: tokens, kinds: kinds) }
        }
    }

    /// Forgets all but the first so many tokens, to go on from there.
    ///
    /// - Throws: `GenerationError` while an answer is under way.
    public func rewind(to count: Int) throws {
        try history.withLock { history in
            guard !history.isAnswering else {
                throw GenerationError(.busy, "The session is still answering what was said before")
            }
            history.tokens = Array(history.tokens.prefix(max(0, count)))
            history.kinds = Array(history.kinds.prefix(max(0, count)))
        }
    }
}
