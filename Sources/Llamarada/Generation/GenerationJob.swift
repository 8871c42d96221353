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
    /// Rows of it in steps that are under way.
    private var rowsUnderWay = 0
    /// The decoding row of the last of these steps in which the device chooses its next token; nil where the host does.
    private var choosingRow: Int?

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

    /// Where its next rows begin: behind what is computed, and what is under way.
    var nextPosition: Int { computed + rowsUnderWay }
    var isUnderWay: Bool { rowsUnderWay > 0 }

    /// The kind of its next rows.
    var nextKind: RowKind { nextPosition < kinds.count ? kinds[nextPosition] : .decoding }

    /// The rows that it could compute next; nil while its reader is far behind, and while it waits for a result.
    var candidate: Scheduler.Candidate? {
        guard !output.isFull else { return nil }
        let (start, kind) = (nextPosition, nextKind)
        guard start < tokens.count else {
            return outlook == .goesOn ? Scheduler.Candidate(.decoding, rows: 1, wanted: 1) : nil
        }
        let end = kind == .decoding ? start + 1 : kinds[start...].firstIndex(of: .decoding) ?? tokens.count
        let wanted = wantsAllRows ? end - start : end == tokens.count && wantsToken ? 1 : 0
        return Scheduler.Candidate(kind, rows: end - start, wanted: wanted)
    }

    /// What is known of the time behind the rows that are under way.
    private enum Outlook {
        /// It has rows behind them, if it does not turn out to end.
        case goesOn
        /// Only the host can tell the next row.
        case open
        /// It ends with them.
        case ends
    }

    private var outlook: Outlook {
        guard nextPosition >= tokens.count else { return .goesOn }
        guard wantsToken else { return .ends }
        if let most = options.maxTokens, generated + 1 >= most { return .ends }
        guard tokens.count < contextLength else { return .ends }
        // What was recent, for the penalty, is not known either.
        return choosingRow != nil && options.sampling.recentTokens(of: tokens).isEmpty ? .goesOn : .open
    }

    private var wantsToken: Bool { options.maxTokens != 0 }
    /// Whether something is wanted of every row of the prompt.
    private var wantsAllRows: Bool { score != nil || embedding != nil }

    /// Whether it would have a row if what is under way were done.
    var waitsForResult: Bool { !output.isFull && isUnderWay && outlook == .open }

    /// The next rows.
    ///
    /// To be asked for once: the last one takes a random number, and all are under way from here on.
    ///
    /// - Parameter first: what the first of them is among the step's rows of its kind.
    func rows(_ count: Int, from first: Int) -> [Step.Row] {
        let (start, kind) = (nextPosition, nextKind)
        let rows = (start..<start + count).map { position in
            let isLast = position >= tokens.count - 1 && wantsToken
            let output: Step.Output =
                embedding != nil ? .hidden : score != nil ? .logits : isLast ? nextOutput() : .nothing
            let token: Step.Token = position < tokens.count ? .known(tokens[position]) : .chosen(row: choosingRow ?? 0)
            return Step.Row(token, at: position, slot: slot, output: output)
        }
        rowsUnderWay += count
        choosingRow = kind == .decoding && rows.last?.output.isToken == true ? first : nil
        return rows
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
        rowsUnderWay -= results.count
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
