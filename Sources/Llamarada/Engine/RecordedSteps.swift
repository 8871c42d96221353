import LlamaradaDevice

/// The commands of the shapes that were used last, for each turn: see `VulkanStepTurns`.
struct RecordedSteps {
    /// Enough for the buckets of decoding rows with the samplers in use, beside some of prompts. Steps with prompts
    /// seldom have the same shape twice, and are long beside what recording them takes: 2 ms and, on a CPU driver, 1.8 MB
    /// for 30 layers.
    private static let most = 32

    private struct Key: Hashable {
        var shape: StepShape
        var turn: Int
    }

    private var recorded: [Key: (commands: CommandSequence, lastUse: Int)] = [:]
    private var uses = 0

    /// The commands of a shape, which count as used; setting what is new may drop the one that was not used for longest.
    subscript(shape: StepShape, turn: Int) -> CommandSequence? {
        mutating get {
            let key = Key(shape: shape, turn: turn)
            uses += 1
            recorded[key]?.lastUse = uses
            return recorded[key]?.commands
        }
        set {
            recorded[Key(shape: shape, turn: turn)] = newValue.map { ($0, uses) }
            guard recorded.count > Self.most else { return }
            recorded = recorded.filter { [oldest = recorded.values.map(\.lastUse).min()] in $0.value.lastUse != oldest }
        }
    }
}
