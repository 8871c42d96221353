package import LlamaradaGrammar
package import LlamaradaText

/// The constraints of one model that were used last. Each is made once, on a thread of the system's pool, whoever waits, and
/// one after the other, so that requests take no more than one of these threads.
actor ConstraintCache {
    /// Most constraints that are kept, some MB each.
    private static let most = 16
    /// What may be prepared of a constraint's masks before it is used; what takes longer is made token by token.
    private static let preparation = Duration.milliseconds(500)
    /// Parts of masks of one constraint take no more than this.
    private static let mostBytes = 16 << 20

    private let tokenizer: Tokenizer
    private var vocabulary: Task<TokenVocabulary, Never>?
    private var constraints: [ExactText: Task<OutputConstraint, any Error>] = [:]
    /// Keys, the one used last at the end.
    private var order: [ExactText] = []
    /// Ends when what was started last does.
    private var last: Task<Void, Never>?

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    func constraint(
        _ source: String, _ grammar: @escaping @Sendable () throws(GrammarError) -> Grammar
    ) async throws -> OutputConstraint {
        let key = ExactText(source)
        let task = constraints[key] ?? start(key, grammar)
        order.removeAll { $0 == key }
        order.append(key)
        if order.count > Self.most { constraints[order.removeFirst()] = nil }
        do {
            return try await task.value
        } catch {
            if constraints[key] == task {
                constraints[key] = nil
                order.removeAll { $0 == key }
            }
            throw error
        }
    }

    private func start(
        _ key: ExactText, _ grammar: @escaping @Sendable () throws(GrammarError) -> Grammar
    ) -> Task<OutputConstraint, any Error> {
        let vocabulary = vocabulary ?? Task.detached { [tokenizer] in TokenVocabulary(tokenizer) }
        self.vocabulary = vocabulary
        let before = last
        let task = Task.detached {
            await before?.value
            // First, since a grammar that is wrong needs no vocabulary.
            let automaton = try PushdownAutomaton(try grammar())
            let masks = TokenMasks(automaton, await vocabulary.value, mostBytes: Self.mostBytes)
            masks.prepare(for: Self.preparation)
            return OutputConstraint(masks)
        }
        constraints[key] = task
        last = Task { _ = await task.result }
        return task
    }
}

extension TokenVocabulary {
    /// What a tokenizer's tokens read as. Control tokens are no text, but may be asked for by their marks.
    package convenience init(_ tokenizer: Tokenizer) {
        let vocabulary = tokenizer.vocabulary
        let texts = vocabulary.pieces.indices.map { index -> [UInt8] in
            switch vocabulary.kinds[index] {
            case .control: Grammar.mark(ofToken: vocabulary.pieces[index])
            case .unused, .unknown: []
            case .normal, .userDefined, .byte: Self.text(tokenizer.bytes(of: TokenID(index)))
            }
        }
        self.init(texts, endTokens: tokenizer.endOfGenerationTokens)
    }

    /// Bytes as text: with those that are never part of UTF-8, byte tokens could spell a control token's mark.
    private static func text(_ bytes: [UInt8]) -> [UInt8] { bytes.contains { $0 >= 0xFE } ? [] : bytes }
}
