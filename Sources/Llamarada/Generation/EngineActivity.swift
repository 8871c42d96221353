import Synchronization

/// What a model is busy with, as it was after its last step.
public struct EngineActivity: Sendable, Equatable {
    /// A request that is being computed.
    public struct Sequence: Sendable, Equatable {
        /// Its place among those that are computed together, from 0.
        public var slot: Int
        /// Tokens of its prompt.
        public var promptTokens: Int
        /// Tokens of prompt and answer that are computed.
        public var computedTokens: Int
        /// Tokens of its answer so far.
        public var generatedTokens: Int
    }

    /// Requests that are being computed.
    public var running: [Sequence] = []
    /// Requests that wait for their turn.
    public var waiting = 0
    /// Requests whose readers are far behind, and that gave their room to others.
    public var parked = 0
    /// Pages of the cache.
    public var pages = 0
    /// Pages that requests use.
    public var usedPages = 0
    /// Pages that nobody uses and that still hold positions for prompts that begin alike.
    public var keptPages = 0
    /// Positions of a page.
    public var pageSize = 0
    /// Positions that prompts took over so far instead of computing them.
    public var reusedPositions = 0
    /// Pages whose positions were given up so far.
    public var evictions = 0
    /// Steps so far.
    public var steps = 0
    /// Rows of prompts that were computed so far.
    public var promptRows = 0
    /// Rows that were decoded so far, one a sequence and step; drafts are not among them.
    public var decodedRows = 0
    /// Rows that were drafted and computed so far.
    public var draftedRows = 0
    /// Of these, rows whose tokens turned out to be their texts'.
    public var acceptedRows = 0
    /// Seconds that steps took so far.
    public var stepSeconds = 0.0
}

/// Where the engine's thread leaves its activity for others to look at, without their waiting for a step.
final class ActivityBoard: Sendable {
    private let state = Mutex(EngineActivity())

    var activity: EngineActivity { state.withLock { $0 } }

    func update(_ change: (inout EngineActivity) -> Void) { state.withLock { change(&$0) } }
}
