import LlamaradaText

/// One request on its way through the engine: its tokens, pages and sampler, and where its events go.
///
/// Only `GenerationLoop` touches it.
final class GenerationJob {
    let options: GenerationOptions
    let output: EventBuffer
    /// The prompt's tokens, then those that were chosen.
    private(set) var tokens: [TokenID]
    /// How each of the tokens is computed, or was.
    private(set) var kinds: [RowKind]
    let promptCount: Int
    /// Called with all tokens and their kinds when the job ends, however it ends.
    private let ended: @Sendable ([TokenID], [RowKind]) -> Void

    // Set where it begins.
    var pages: SequencePages?
    var slot = 0

    private var sampler: Sampler
    private var detokenizer: StreamingDetokenizer
    private var stops: StopStrings
    private var score: TextScore?
    private var embedding: TextEmbedding?
    private let contextLength: Int
    private let tokenizer: Tokenizer

    private let submitted = ContinuousClock.now
    private var begun = ContinuousClock.now
    private var hasBegun = false
    private var firstToken: ContinuousClock.Instant?
    private var generated = 0
    private var reused = 0

    init(
        _ tokens: [TokenID], _ kinds: [RowKind], _ options: GenerationOptions, _ tokenizer: Tokenizer,
        contextLength: Int, output: EventBuffer, ended: @escaping @Sendable ([TokenID], [RowKind]) -> Void
    ) {
        self.tokens = tokens
        self.kinds = kinds
        self.options = options
        self.output = output
        self.tokenizer = tokenizer
        self.contextLength = contextLength
        self.ended = ended
        promptCount = tokens.count
        sampler = Sampler(options.sampling)
        detokenizer = StreamingDetokenizer(tokenizer, showSpecial: options.ignoresEndOfText || options.showsSpecial)
        stops = StopStrings(options.stopStrings)
        score = options.scoresPrompt ? TextScore(tokens, alternatives: options.promptAlternatives) : nil
        embedding = options.embedsPrompt ? TextEmbedding() : nil
    }

    /// Most positions that it will fill: the last token that is chosen is not computed.
    var positionLimit: Int {
        let limit = options.maxTokens.map { promptCount.addingReportingOverflow(max(0, $0 - 1)) }
        guard let limit, !limit.overflow else { return contextLength }
        return min(limit.partialValue, contextLength)
    }

    func begin(slot: Int, pages: SequencePages) {
        self.slot = slot
        self.pages = pages
        // It may begin again, after it gave its room to others.
        guard !hasBegun else { return }
        hasBegun = true
        begun = .now
        reused = pages.count
    }

    /// How far it is.
    var activity: EngineActivity.Sequence {
        EngineActivity.Sequence(
            slot: slot, promptTokens: promptCount, computedTokens: computed, generatedTokens: generated)
    }

    /// What of the cache it may take over. Where it was begun before, what it computed itself, however it is to be made.
    var reuse: PrefixReuse {
        if wantsAllRows { return .nothing }
        return hasBegun && options.reuse == .nothing ? .prompts : options.reuse
    }

    /// Notes what was really computed: tokens that were not are part of the next prompt.
    func seal() {
        for index in max(computed, promptCount)..<max(tokens.count, promptCount) { kinds[index] = .prompt }
    }

    /// Tells how it ended: first whoever keeps the tokens, so that a reader who sees the last event may go on at once.
    func finish(_ end: Result<GenerationSummary, any Error>) {
        // Of an answer that was left, what was read: not what happened to lie ready.
        let count = output.isCancelled ? min(tokens.count, promptCount + output.tokensRead) : tokens.count
        ended(Array(tokens.prefix(count)), Array(kinds.prefix(count)))
        if case .success(let summary) = end { output.append(.finished(summary)) }
        output.finish(end.map { _ in })
    }

    /// Whether a longer beginning of another prompt is still to be computed here than is computed already.
    func isComputingPrefix(of other: GenerationJob) -> Bool {
        guard !wantsAllRows, !other.wantsAllRows, options.cacheSalt == other.options.cacheSalt,
            other.options.reuse != .nothing, computed < promptCount - 1
        else { return false }
        let common = zip(zip(tokens, kinds), zip(other.tokens, other.kinds)).prefix {
            $0.0.0 == $0.1.0 && $0.0.1 == $0.1.1
        }.count
        return common > computed && common >= Self.worthWaiting
    }

    /// Shorter beginnings are computed sooner than they are waited for.
    private static let worthWaiting = 32

    // MARK: Rows

    private var computed: Int { pages?.count ?? 0 }

    /// The rows that it could compute next; nil while its reader is far behind.
    var candidate: Scheduler.Candidate? {
        guard !output.isFull else { return nil }
        let kind = kinds[computed]
        let end = kind == .decoding ? computed + 1 : kinds[computed...].firstIndex(of: .decoding) ?? tokens.count
        let wanted = wantsAllRows ? end - computed : end == tokens.count && wantsToken ? 1 : 0
        return Scheduler.Candidate(kind, rows: end - computed, wanted: wanted)
    }

    private var wantsToken: Bool { options.maxTokens != 0 }
    /// Whether something is wanted of every row of the prompt.
    private var wantsAllRows: Bool { score != nil || embedding != nil }

    /// The next rows.
    ///
    /// To be asked for once: the last one takes a random number.
    func rows(_ count: Int) -> [Step.Row] {
        (computed..<computed + count).map { position in
            let isLast = position == tokens.count - 1 && wantsToken
            let output: Step.Output =
                embedding != nil ? .hidden : score != nil ? .logits : isLast ? nextOutput() : .nothing
            return Step.Row(tokens[position], at: position, slot: slot, output: output)
        }
    }

    /// How the next token is chosen: where the logits are, if that can be and nobody wants to see them.
    private func nextOutput() -> Step.Output {
        guard options.logProbabilities == nil else { return .logits }
        switch options.sampling.devicePath {
        case .argmax: return .likeliest
        case .sampler: return .sampled(sampler.nextRow(), recent: options.sampling.recentTokens(of: tokens))
        case nil: return .logits
        }
    }

    // MARK: Results

    /// Takes what rows gave that were computed from position `start` on.
    ///
    /// - Returns: how it went, where the job is done.
    /// - Throws: `NonFiniteLogits`.
    func take(_ results: [RowResult], at start: Int, vocabulary: Int) throws -> GenerationSummary? {
        if score != nil { try addScores(results, at: start, vocabulary: vocabulary) }
        for result in results { embedding?.add(result.hidden) }
        guard start + results.count == tokens.count else { return nil }
        if let embedding {
            output.append(.embedding(try embedding.value()))
            self.embedding = nil
        }
        if let score {
            output.append(.prompt(score))
            self.score = nil
        }
        guard wantsToken, let last = results.last else { return end(.tokenLimit) }
        return try add(last)
    }

    private func addScores(_ results: [RowResult], at start: Int, vocabulary: Int) throws {
        let logits = Matrix(rows: results.count, columns: vocabulary, values: results.flatMap(\.logits))
        try NonFiniteLogits.check(logits.values)
        score?.add(logits, at: start, top: options.logProbabilities ?? 0)
    }

    private func add(_ result: RowResult) throws -> GenerationSummary? {
        let token = try choose(result)
        if generated == 0 { firstToken = .now }
        generated += 1
        let scores = options.logProbabilities.map { TokenScores(result.logits, of: token, top: $0) }
        if !options.ignoresEndOfText, tokenizer.isEndOfGeneration(token) {
            var summary = end(.endOfText)
            if summary.stopReason == .endOfText {
                summary.endToken = GeneratedToken(id: token, text: "", scores: scores)
            }
            return summary
        }
        tokens.append(token)
        kinds.append(.decoding)
        let (text, reached) = stops.append(detokenizer.append(token))
        output.append(.token(GeneratedToken(id: token, text: text, scores: scores)))
        if let reached { return end(.stopString(reached)) }
        if let most = options.maxTokens, generated >= most { return end(.tokenLimit) }
        return tokens.count > contextLength ? end(.contextFull) : nil
    }

    private func choose(_ result: RowResult) throws -> TokenID {
        if let token = result.token { return token }
        guard !result.logits.isEmpty else { throw NonFiniteLogits() }
        return try sampler.sample(result.logits, history: tokens, answer: tokens[promptCount...])
    }

    private func end(_ reason: GenerationSummary.StopReason) -> GenerationSummary {
        // What is held back behind a stop string is not wanted either.
        if case .stopString = reason { return summary(reason) }
        var (text, reached) = stops.append(detokenizer.finish())
        if reached == nil {
            let held = stops.finish()
            text += held.text
            reached = held.reached
        }
        if !text.isEmpty { output.append(.text(text)) }
        return summary(reached.map { .stopString($0) } ?? reason)
    }

    private func summary(_ reason: GenerationSummary.StopReason) -> GenerationSummary {
        let now = ContinuousClock.now
        let first = firstToken ?? now
        return GenerationSummary(
            stopReason: reason, promptTokens: promptCount, reusedTokens: reused,
            promptSeconds: (first - begun) / .seconds(1), decodedTokens: max(0, generated - 1),
            decodeSeconds: (now - first) / .seconds(1), waitedSeconds: (begun - submitted) / .seconds(1))
    }
}
