import LlamaradaErrors
import LlamaradaGrammar
import LlamaradaTensors
import LlamaradaText
import Logging

/// Runs an engine for many requests: steps as long as there is something to compute, on a thread of its own.
actor GenerationLoop {
    private let thread: EngineThread
    private let file: GGUFFile
    private let tokenizer: Tokenizer
    /// Nil once the model was unloaded.
    private var engine: (any Engine)?
    private let logger: Logger
    private var pool: PagePool
    private let scheduler: Scheduler
    private var draftScheduler: DraftScheduler
    private var stepCosts = StepCosts()
    /// Since when a step is under way that nothing else delays; nil where there is nothing to do.
    private var costsSince: ContinuousClock.Instant?
    /// What a request is drafted by.
    private var makeDrafter: @Sendable (GenerationOptions, [TokenID]) -> (any Drafter)? = { options, tokens in
        options.lookup > 0 ? PromptLookup(tokens) : nil
    }
    private let capacity: EngineCapacity
    private var waiting: [GenerationJob] = []
    /// In the order in which they came.
    private var running: [GenerationJob] = []
    /// Those whose readers are far behind, and that gave their room to others.
    private var parked: [GenerationJob] = []
    private var freeSlots: [Int]
    /// Steps that are under way, the first of them first.
    private var underWay: [BegunStep] = []
    /// Since when the engine is computing.
    private var busySince = ContinuousClock.now
    nonisolated let board = ActivityBoard()
    private var isRunning = false
    /// Who wants the engine for itself.
    private var exclusive: [CheckedContinuation<Void, Never>] = []

    /// The engine's own thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(
        _ thread: EngineThread, _ engine: sending any Engine, _ tokenizer: Tokenizer, _ file: GGUFFile,
        _ logger: Logger
    ) {
        self.thread = thread
        self.file = file
        self.tokenizer = tokenizer
        // A sequence knows of one token at most that is still to come.
        require(1...2 ~= engine.stepsAtOnce, "GenerationLoop", "\(engine.stepsAtOnce) steps at once")
        capacity = engine.capacity
        pool = PagePool(pageCount: capacity.pages, pageSize: capacity.pageSize, windowed: capacity.windowed)
        scheduler = Scheduler(capacity)
        draftScheduler = DraftScheduler(capacity)
        freeSlots = Array((0..<capacity.slots).reversed())
        self.engine = engine
        self.logger = logger
        board.update { [capacity] in ($0.pages, $0.pageSize) = (capacity.pages, capacity.pageSize) }
        logger.debug("An engine is ready", metadata: ["capacity": "\(capacity)"])
        if capacity.pages < capacity.slots * capacity.pagesPerSlot {
            logger.warning(
                "The cache holds \(capacity.pages * capacity.pageSize) positions, fewer than \(capacity.slots) sequences of \(capacity.contextLength) need: requests that need more than is free will wait"
            )
        }
    }

    // MARK: Requests

    /// A request as it comes: see `GenerationJob`.
    struct Request: Sendable {
        var tokens: [TokenID]
        var kinds: [RowKind]
        var options: GenerationOptions
        var output: EventBuffer
        /// How many of the tokens stay with who made the request where it is refused.
        var kept = 0
        /// What ends repetitions for DRY, where it is used.
        var breakers = SequenceBreakers()
        var ended: @Sendable ([TokenID], [RowKind]) -> Void
    }

    func submit(_ request: Request) {
        do {
            try check(request)
            let job = GenerationJob(
                request.tokens, request.kinds, request.options, tokenizer, breakers: request.breakers,
                contextLength: capacity.contextLength, makeDrafter: makeDrafter, output: request.output,
                ended: request.ended)
            try checkRoom(job)
            waiting.append(job)
            wake()
        } catch {
            request.ended(Array(request.tokens.prefix(request.kept)), Array(request.kinds.prefix(request.kept)))
            request.output.finish(.failure(error))
        }
    }

    /// A model is never fed tokens that it does not know or has no room for.
    private func check(_ request: Request) throws {
        guard let engine else { throw GenerationError.unloaded }
        if let problem = request.options.validate() { throw GenerationError(.invalidOption, problem) }
        if let constraint = request.options.constraint,
            constraint.masks.vocabulary.count != tokenizer.vocabulary.count
        {
            throw GenerationError(.otherModel, "The constraint was made for a model of another vocabulary")
        }
        try request.tokens.checkPrompt(engine.configuration, contextLength: capacity.contextLength)
    }

    /// What can never be admitted is refused at once.
    private func checkRoom(_ job: GenerationJob) throws {
        guard !pool.canEverFit(positionLimit: job.positionLimit) else { return }
        throw GenerationError(
            .textTooLong,
            "The request takes \(job.positionLimit) positions of the cache, which holds \(capacity.pages * capacity.pageSize)",
            remedy: .either(.longerContext, .shorterPrompt))
    }

    /// Goes on computing, where there is something to compute.
    func wake() {
        guard !isRunning else { return }
        isRunning = true
        Task { await run() }
    }

    private func run() async {
        while step() {
            // Lets in what was submitted meanwhile.
            await Task.yield()
        }
        isRunning = false
        costsSince = nil
        noteActivity()
        guard running.isEmpty, parked.isEmpty else { return }
        for waiter in exclusive { waiter.resume() }
        exclusive = []
    }

    /// Runs `body` on the engine when nothing else is under way; all that the cache held is forgotten.
    func alone<Result: Sendable>(
        _ body: sending (any Transformer, GGUFFile) throws -> Result
    ) async throws -> Result {
        while isRunning || !running.isEmpty || !parked.isEmpty {
            await withCheckedContinuation { exclusive.append($0) }
        }
        guard let engine else { throw GenerationError.unloaded }
        pool.clear()
        return try body(SingleSequence(engine), file)
    }

    /// Ends every request, and gives the device's memory back.
    func unload() {
        fail(GenerationError.unloaded)
        engine = nil
        wake()
    }

    // MARK: For tests

    /// Whether pages that are taken hold NaN until they are written.
    private var poisonsPages = false

    func poisonPages() { poisonsPages = true }

    /// Drafts as much as there is room for, whatever it costs, by what `makeDrafter` makes of a request's tokens.
    func draftFreely(_ makeDrafter: @escaping @Sendable ([TokenID]) -> any Drafter) {
        draftScheduler.isEager = true
        self.makeDrafter = { options, tokens in options.lookup > 0 ? makeDrafter(tokens) : nil }
    }

    func cacheState() -> PagePool.State { pool.state(running.compactMap(\.pages)) }

    // MARK: Steps

    /// A step that was begun.
    private struct BegunStep {
        struct Part {
            var job: GenerationJob
            var start: Int
            var count: Int
            var kind: RowKind
        }

        var step: any StepUnderWay
        /// The bucket of its rows, where it only decodes.
        var bucket: Int?
        var parts: [Part]
        /// Whether another step may be begun before it is finished.
        var admitsAnother: Bool
    }

    /// Begins a step, and takes what the oldest one under way gave, unless another may be begun before that; false where
    /// there is nothing to do for now.
    private func step() -> Bool {
        reap()
        guard let engine else { return false }
        admit()
        do {
            let counts = nextRows(engine)
            let begins = counts.contains { $0 > 0 }
            if begins { try begin(engine, counts) }
            if !begins || underWay.count == engine.stepsAtOnce {
                guard !underWay.isEmpty else { return false }
                try finish(engine)
            }
        } catch {
            fail(error)
        }
        noteActivity()
        return true
    }

    /// How many rows each that is running gives the next step.
    ///
    /// While a step is under way, one that only decodes may be begun behind another that does, if it has the same rows as
    /// it would have later: a sequence of which only the host can tell the next row is not left behind, and rows of
    /// prompts are not computed ahead, for which windows have no room. Rows of logits are read before others are written.
    /// Nor is one begun where the step under way may give what a draft would follow, if that pays.
    private func nextRows(_ engine: any Engine) -> [Int] {
        let candidates = running.map(\.candidate)
        if let last = underWay.last {
            guard underWay.count < engine.stepsAtOnce, last.admitsAnother, !running.contains(where: \.waitsForResult),
                candidates.allSatisfy({ $0?.kind != .prompt })
            else { return [] }
        }
        let counts = scheduler.rows(of: candidates)
        let drafts = draftScheduler.rows(of: candidates, beside: counts, stepCosts)
        guard drafts.contains(where: { $0 > 0 }) else { return counts }
        return underWay.isEmpty ? zip(counts, drafts).map(+) : []
    }

    /// Lets go of what nobody reads any more.
    private func reap() {
        for job in waiting + running + parked where job.output.isCancelled { end(job, .failure(CancellationError())) }
    }

    /// Begins requests in the order in which they came, as long as there is room for all that they may need. Who waits for
    /// a reader gives his room to whoever waits for room, and comes back when his reader does.
    private func admit() {
        let back = parked.filter { !$0.output.isFull }
        parked.removeAll { !$0.output.isFull }
        waiting.insert(contentsOf: back, at: 0)
        while let job = waiting.first {
            // What another request is about to compute is worth waiting for.
            guard !running.contains(where: { $0.isComputingPrefix(of: job) }) else { return }
            if begin(job) {
                waiting.removeFirst()
            } else if let idle = running.last(where: { $0.output.isFull && !$0.isUnderWay }) {
                stop(idle)
                parked.append(idle)
            } else {
                return
            }
        }
    }

    private func begin(_ job: GenerationJob) -> Bool {
        guard let slot = freeSlots.last,
            let pages = pool.admit(
                prompt: job.tokens, kinds: job.kinds, positionLimit: job.positionLimit,
                salt: job.options.cacheSalt, reuse: job.reuse)
        else { return false }
        freeSlots.removeLast()
        job.begin(slot: slot, pages: pages)
        running.append(job)
        return true
    }

    /// Takes a job's slot and pages; what they hold stays for it, as long as there is room.
    private func stop(_ job: GenerationJob) {
        if let index = running.firstIndex(where: { $0 === job }) {
            running.remove(at: index)
            freeSlots.append(job.slot)
        }
        if var pages = job.pages {
            pool.release(&pages)
            job.pages = nil
        }
    }

    private func begin(_ engine: any Engine, _ counts: [Int]) throws {
        var step = Step()
        var parts: [BegunStep.Part] = []
        for (job, count) in zip(running, counts) where count > 0 {
            guard var pages = job.pages else { continue }
            let (start, kind) = (job.nextPosition, job.nextKind)
            let known = pool.table(of: pages)
            let copies = pool.prepare(&pages, upTo: start + count)
            // At once: whatever fails from here on, the pool's books know these pages.
            job.pages = pages
            try engine.copyPages(copies)
            let table = pool.table(of: pages)
            if poisonsPages { try engine.poisonPages(table.pages(notIn: known, copies)) }
            engine.setPages(table, ofSlot: job.slot)
            if kind == .decoding {
                step.decoding += job.rows(count, from: step.decoding.count)
            } else {
                step.prompt += job.rows(count, from: step.prompt.count)
            }
            parts.append(BegunStep.Part(job: job, start: start, count: count, kind: kind))
        }
        if underWay.isEmpty { busySince = .now }
        costsSince = costsSince ?? .now
        let admitsAnother = step.prompt.isEmpty && !step.decoding.contains(where: \.output.isRow)
        underWay.append(
            BegunStep(
                step: try engine.begin(step),
                bucket: step.prompt.isEmpty ? StepShape.bucket(step.decoding.count) : nil, parts: parts,
                admitsAnother: admitsAnother))
    }

    /// Waits for the oldest step that is under way, and gives everyone what it gave.
    private func finish(_ engine: any Engine) throws {
        let begun = underWay.removeFirst()
        var results = try begun.step.finish()[...]
        let end = ContinuousClock.now
        board.update {
            $0.steps += 1
            $0.stepSeconds += (end - busySince) / .seconds(1)
            for part in begun.parts {
                // A decoding row is alone but for drafts, which are counted by themselves.
                if part.kind == .prompt { $0.promptRows += part.count } else { $0.decodedRows += 1 }
            }
        }
        busySince = end
        // Results come as rows do: decoding first.
        for kind in [RowKind.decoding, .prompt] {
            for part in begun.parts where part.kind == kind {
                take(Array(results.prefix(part.count)), part.job, at: part.start, kind, engine)
                results = results.dropFirst(part.count)
            }
        }
        // With what the host made of it, which the next step may have waited for.
        let now = ContinuousClock.now
        if let bucket = begun.bucket, let costsSince, !begun.step.isFirstOfItsKind {
            stepCosts.note((now - costsSince) / .seconds(1), bucket: bucket)
        }
        costsSince = now
    }

    private func take(
        _ results: [RowResult], _ job: GenerationJob, at start: Int, _ kind: RowKind, _ engine: any Engine
    ) {
        // Who ended meanwhile has no pages any more: the row was computed for nothing.
        guard var pages = job.pages else { return }
        do {
            let taken = try job.take(results, at: start, vocabulary: engine.configuration.vocabularySize)
            // Drafts that did not come true are in nobody's books: what they wrote is written over.
            pool.append(&pages, tokens: job.tokens[start..<start + taken.rows], madeBy: kind)
            job.pages = pages
            // Before the last event is read, after which they may be asked for.
            board.update {
                $0.draftedRows += taken.drafts.computed
                $0.acceptedRows += taken.drafts.accepted
            }
            if let failure = taken.failure { throw failure }
            if let summary = taken.summary { end(job, .success(summary)) }
        } catch let error as NonFiniteLogits {
            // This request's alone: the others' rows know nothing of it.
            end(job, .failure(error.cause(in: file)))
        } catch {
            end(job, .failure(error))
        }
    }

    /// Shows others how things stand.
    private func noteActivity() {
        let usage = pool.usage
        board.update { activity in
            activity.running = running.map(\.activity)
            activity.waiting = waiting.count
            activity.parked = parked.count
            activity.keptPages = usage.unowned
            activity.usedPages = usage.owned
            activity.reusedPositions = usage.reusedPositions
            activity.evictions = usage.evictions
        }
    }

    private func end(_ job: GenerationJob, _ result: Result<GenerationSummary, any Error>) {
        waiting.removeAll { $0 === job }
        parked.removeAll { $0 === job }
        job.seal()
        stop(job)
        job.finish(result)
    }

    /// Ends all requests with one reason: what the cache holds is not to be trusted any more.
    private func fail(_ error: any Error) {
        let jobs = waiting + running + parked
        if !jobs.isEmpty { logger.error("\(jobs.count) requests end: \(error)") }
        for job in jobs { end(job, .failure(error)) }
        underWay = []
        pool.clear()
    }
}
