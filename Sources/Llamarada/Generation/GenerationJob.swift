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
    /// What it is drafted by from its beginning on; nil where it is not.
    private var drafter: (any Drafter)?
    private let makeDrafter: @Sendable (GenerationOptions, [TokenID]) -> (any Drafter)?
    /// Drafted tokens whose rows are under way.
    private var drafted: [TokenID] = []
    private var follower: ConstraintFollower?
    private let contextLength: Int
    private let tokenizer: Tokenizer

    private let submitted = ContinuousClock.now
    private var begun = ContinuousClock.now
    private var hasBegun = false
    private var firstToken: ContinuousClock.Instant?
    private var generated = 0
    private var reused = 0
    private var draftedCount = 0
    private var acceptedCount = 0

    /// - Parameter makeDrafter: makes what drafts behind tokens; called once, where the job begins. Nil drafts nothing.
    init(
        _ tokens: [TokenID], _ kinds: [RowKind], _ options: GenerationOptions, _ tokenizer: Tokenizer,
        breakers: SequenceBreakers = SequenceBreakers(), contextLength: Int,
        makeDrafter: @escaping @Sendable (GenerationOptions, [TokenID]) -> (any Drafter)? = { _, _ in nil },
        output: EventBuffer, ended: @escaping @Sendable ([TokenID], [RowKind]) -> Void
    ) {
        self.tokens = tokens
        self.kinds = kinds
        self.options = options
        self.output = output
        self.tokenizer = tokenizer
        self.contextLength = contextLength
        self.makeDrafter = makeDrafter
        self.ended = ended
        promptCount = tokens.count
        sampler = Sampler(options.sampling, breakers: breakers)
        detokenizer = StreamingDetokenizer(tokenizer, showSpecial: options.ignoresEndOfText || options.showsSpecial)
        stops = StopStrings(options.stopStrings)
        score = options.scoresPrompt ? TextScore(tokens, alternatives: options.promptAlternatives) : nil
        embedding = options.embedsPrompt ? TextEmbedding() : nil
        follower = options.constraint.map(ConstraintFollower.init)
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
        drafter = makeDrafter(options, tokens)
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
            guard outlook == .goesOn else { return nil }
            // The draft that there may be when the token under way is known.
            return Scheduler.Candidate(.decoding, rows: 1, wanted: 1, chances: draft(behindUnknown: 1).chances)
        }
        let end = kind == .decoding ? start + 1 : kinds[start...].firstIndex(of: .decoding) ?? tokens.count
        let wanted = wantsAllRows ? end - start : end == tokens.count && wantsToken ? 1 : 0
        let isNewest = kind == .decoding && end == tokens.count && !wantsAllRows
        return Scheduler.Candidate(
            kind, rows: end - start, wanted: wanted, chances: isNewest ? draft(behindUnknown: 0).chances : [])
    }

    /// What may follow its next row: a draft of its text behind so many tokens that are not known yet, as long as there
    /// are positions for it.
    private func draft(behindUnknown unknown: Int) -> Draft {
        let most = min(options.lookup, positionLimit - nextPosition - 1)
        guard let drafter, wantsToken, most > 0 else { return Draft() }
        return drafter.draft(atMost: most + unknown).dropFirst(unknown)
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
        // What may follow depends on the token.
        guard follower == nil else { return .open }
        // What was said, for the penalties, is not known either.
        return choosingRow != nil && !sampler.readsText ? .goesOn : .open
    }

    private var wantsToken: Bool { options.maxTokens != 0 }
    /// Whether something is wanted of every row of the prompt.
    private var wantsAllRows: Bool { score != nil || embedding != nil }

    /// Whether it would have a row if what is under way were done.
    var waitsForResult: Bool { !output.isFull && isUnderWay && outlook == .open }

    /// The next rows; what is more than a decoding row is drafted behind it.
    ///
    /// To be asked for once: the last one that is not drafted takes a random number, and all are under way from here on.
    ///
    /// - Parameter first: what the first of them is among the step's rows of its kind.
    func rows(_ count: Int, from first: Int) -> [Step.Row] {
        let (start, kind) = (nextPosition, nextKind)
        let own = kind == .decoding ? 1 : count
        drafted = own < count ? Array(draft(behindUnknown: 0).tokens.prefix(count - own)) : []
        var rows = (start..<start + own).map { position in
            let isLast = position >= tokens.count - 1 && wantsToken
            let output: Step.Output =
                embedding != nil
                ? .hidden : score != nil ? .logits : isLast ? self.output(behind: tokens, &sampler) : .nothing
            let mask = isLast ? follower?.nextMask() : nil
            let token: Step.Token = position < tokens.count ? .known(tokens[position]) : .chosen(row: choosingRow ?? 0)
            return Step.Row(token, at: position, slot: slot, output: output, mask: mask)
        }
        rows += draftedRows(from: start + own, behind: rows[own - 1].output)
        rowsUnderWay += rows.count
        // Which of several rows gives the next token, only the host can tell.
        choosingRow = kind == .decoding && rows.count == 1 && rows[0].output.isToken ? first : nil
        return rows
    }

    /// Rows of drafted tokens, each with the output that it has if all before it come true.
    ///
    /// - Parameter own: that of the row before them, whose random number the host has yet to take if it draws.
    private func draftedRows(from start: Int, behind own: Step.Output) -> [Step.Row] {
        var (history, sampler, follower) = (tokens, sampler, follower)
        var before = own
        return drafted.enumerated().map { index, token in
            if before == .logits { _ = sampler.nextRow() }
            history.append(token)
            before = output(behind: history, &sampler)
            // Behind a token that may not follow, nothing comes true.
            let mask = follower?.maskBehind(token)
            if let follower { self.follower?.count(workOf: follower) }
            if mask == nil { follower = nil }
            return Step.Row(token, at: start + index, slot: slot, output: before, mask: mask)
        }
    }

    /// How the token behind others is chosen: where the logits are, if that can be and nobody wants to see them.
    private func output(behind tokens: [TokenID], _ sampler: inout Sampler) -> Step.Output {
        switch devicePath {
        case .argmax: return .likeliest
        case .sampler:
            let changes = sampler.changes(history: tokens, answer: tokens[promptCount...])
            return changes.count <= LogitChange.capacity ? .sampled(sampler.nextRow(), changes: changes) : .logits
        case nil: return .logits
        }
    }

    /// How the device chooses its tokens; nil where the host does.
    private var devicePath: SamplingOptions.DevicePath? {
        options.logProbabilities == nil ? options.sampling.devicePath : nil
    }

    // MARK: Results

    /// What came of rows.
    struct Taken {
        /// How many of them computed tokens of the text: all, but for drafts that did not come true.
        var rows: Int
        /// Those of drafts, and how many of these came true.
        var drafts = (computed: 0, accepted: 0)
        /// How it went, where the job is done.
        var summary: GenerationSummary?
        /// Why the row behind these ends the job.
        var failure: (any Error)?
    }

    /// Takes what rows gave that were computed from position `start` on.
    ///
    /// - Throws: `NonFiniteLogits`.
    func take(_ results: [RowResult], at start: Int, vocabulary: Int) throws -> Taken {
        rowsUnderWay -= results.count
        let drafts = drafted
        drafted = []
        guard drafts.isEmpty else { return take(results, of: drafts) }
        return Taken(rows: results.count, summary: try takeOwn(results, at: start, vocabulary: vocabulary))
    }

    /// Takes what a decoding row and drafts behind it gave: the tokens as far as each is what the next row computed, and
    /// one behind them. A row that fails costs those before it nothing.
    private func take(_ results: [RowResult], of drafts: [TokenID]) -> Taken {
        var taken = Taken(rows: 0, drafts: (drafts.count, 0))
        draftedCount += drafts.count
        do {
            taken.summary = try add(results[0])
            taken.rows = 1
            for (token, result) in zip(drafts, results.dropFirst()) {
                guard taken.summary == nil, tokens.last == token else { break }
                acceptedCount += 1
                taken.drafts.accepted += 1
                // What the device drew by was a copy's.
                if devicePath == .sampler, result.logits.isEmpty { _ = sampler.nextRow() }
                _ = follower?.nextMask()
                taken.summary = try add(result)
                taken.rows += 1
            }
        } catch {
            taken.failure = error
        }
        return taken
    }

    private func takeOwn(_ results: [RowResult], at start: Int, vocabulary: Int) throws -> GenerationSummary? {
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
        try follower?.take(token, isEnd: tokenizer.isEndOfGeneration(token))
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
        drafter?.append(token)
        let (text, reached) = stops.append(detokenizer.append(token))
        output.append(.token(GeneratedToken(id: token, text: text, scores: scores)))
        if let reached { return end(.stopString(reached)) }
        if follower?.isComplete == true { return end(.endOfText) }
        if let most = options.maxTokens, generated >= most { return end(.tokenLimit) }
        return tokens.count > contextLength ? end(.contextFull) : nil
    }

    private func choose(_ result: RowResult) throws -> TokenID {
        if let token = result.token { return token }
        guard !result.logits.isEmpty else { throw NonFiniteLogits() }
        return try sampler.sample(result.logits, history: tokens, answer: tokens[promptCount...], mask: follower?.mask)
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
            decodeSeconds: (now - first) / .seconds(1), waitedSeconds: (begun - submitted) / .seconds(1),
            draftedTokens: draftedCount, acceptedTokens: acceptedCount)
    }
}
