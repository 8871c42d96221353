/// What computes steps: a model's weights and the cache pages of many sequences, on one backend.
///
/// The caller keeps the books: which pages belong to whom (`PagePool`), and which rows come next (`Scheduler`).
package protocol Engine: AnyObject {
    var configuration: ModelConfiguration { get }

    /// What it takes in device memory; nil on the CPU.
    var memoryPlan: MemoryPlan? { get }

    /// What the device is called; nil on the CPU.
    var deviceName: String? { get }

    /// Sizes of the cache and of a step.
    var capacity: EngineCapacity { get }

    /// Says where a sequence's positions lie from now on.
    func setPages(_ table: PageTable, ofSlot slot: Int)

    /// Copies what the first positions of pages hold, keys and values of every layer.
    func copyPages(_ copies: [PageCopy]) throws

    /// Fills pages with NaN: what is read of them before it is written shows.
    func poisonPages(_ pages: PageTable) throws

    /// Computes a step.
    ///
    /// - Returns: one result for each row, decoding rows first.
    func run(_ step: Step) throws -> [RowResult]

    /// How many steps may be under way at once, one or two; where it is one, every token must be known.
    var stepsAtOnce: Int { get }

    /// Begins a step behind the one that is under way, which is to be finished first. Only one of them may give rows of
    /// logits or of the final norm.
    func begin(_ step: Step) throws -> any StepUnderWay
}

/// A step that was begun. Where nobody finishes it, its work is waited for before it goes.
package protocol StepUnderWay: AnyObject {
    /// Waits until it is done.
    ///
    /// - Returns: what `Engine.run` does.
    func finish() throws -> [RowResult]

    /// Whether it was begun with work that the next of its kind is spared: what it took says little of what others will.
    var isFirstOfItsKind: Bool { get }
}

extension StepUnderWay {
    package var isFirstOfItsKind: Bool { false }
}

extension Engine {
    package var deviceName: String? { nil }

    package var stepsAtOnce: Int { 1 }

    package func begin(_ step: Step) throws -> any StepUnderWay { FinishedStep(try run(step)) }
}

/// The step of an engine that computes at once.
private final class FinishedStep: StepUnderWay {
    private let results: [RowResult]

    init(_ results: [RowResult]) { self.results = results }

    func finish() -> [RowResult] { results }
}

/// How much an engine holds and computes at once.
package struct EngineCapacity: Sendable, Equatable {
    /// Most positions of one sequence.
    package var contextLength: Int
    /// Sequences that can be under way at once.
    package var slots: Int
    /// Pages of the cache.
    package var pages: Int
    /// Positions of a page.
    package var pageSize: Int
    /// What layers with a window keep; nil where all layers keep everything.
    package var windowed: WindowedCapacity?
    /// Most prompt rows of a step.
    package var chunk: Int
    /// Rows that a sequence drafts, and for which everything is made ready; more are computed, too.
    package var drafts: Int
    /// Most rows of a step's shape.
    package var rows: Int
    /// Most rows of a step's shape of which something is wanted.
    package var wantedRows: Int

    package init(
        contextLength: Int, slots: Int, pages: Int, pageSize: Int, windowed: WindowedCapacity? = nil, chunk: Int,
        drafts: Int = 0, rows: Int, wantedRows: Int
    ) {
        self.contextLength = contextLength
        self.slots = slots
        self.pages = pages
        self.pageSize = pageSize
        self.windowed = windowed
        self.chunk = chunk
        self.drafts = drafts
        self.rows = rows
        self.wantedRows = wantedRows
    }

    /// Pages of a layer's cache.
    package func pages(_ reach: AttentionReach) -> Int { reach == .windowed ? windowed?.pages ?? pages : pages }

    /// The page table of a slot whose sequence is fed in order and shares nothing. Windowed layers take their pages in
    /// turn: a sequence that goes back by more than a step finds later positions there.
    package func pagesInOrder(ofSlot slot: Int) -> PageTable {
        let first = min(slot * pagesPerSlot, pages - pagesPerSlot)
        return PageTable(
            Array(first..<first + pagesPerSlot),
            windowed: windowed.map { windowed in
                let first = min(slot * windowed.pagesPerSlot, windowed.pages - windowed.pagesPerSlot)
                return (0..<pagesPerSlot).map { first + $0 % windowed.pagesPerSlot }
            } ?? [])
    }
}
