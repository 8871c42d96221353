import LlamaradaDevice

/// A step that was submitted, and whose turn it is until it is finished or let go of.
final class VulkanStepUnderWay: StepUnderWay {
    private let commands: CommandSequence
    private let turn: Int
    private let turns: VulkanStepTurns
    private let results: () throws -> [RowResult]
    /// Whether its commands had to be recorded.
    let isFirstOfItsKind: Bool

    init(
        _ commands: CommandSequence, turn: Int, _ turns: VulkanStepTurns, isFirstOfItsKind: Bool,
        results: @escaping () throws -> [RowResult]
    ) {
        self.commands = commands
        self.turn = turn
        self.turns = turns
        self.results = results
        self.isFirstOfItsKind = isFirstOfItsKind
    }

    deinit {
        // The next step of this turn writes what this one may read.
        commands.abandon()
        turns.giveBack(turn)
    }

    func finish() throws -> [RowResult] {
        try commands.wait()
        return try results()
    }
}
