import LlamaradaDevice

/// The commands of the shapes that were used last, each for a turn: see `VulkanStepTurns`.
struct RecordedSteps {
    /// How many are kept of steps that only decode: the buckets of a hundred rows with two kinds of samplers.
    private static let mostDecoding = 64
    /// How many are kept of steps with prompts, which seldom have the same shape twice and are long beside what recording
    /// them takes: 2 ms and, on a CPU driver, 1.8 MB for 30 layers.
    private static let mostPrompts = 16

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
            let isPrompt = shape.prompt > 0
            let alike = recorded.filter { ($0.key.shape.prompt > 0) == isPrompt }
            guard alike.count > (isPrompt ? Self.mostPrompts : Self.mostDecoding) else { return }
            if let oldest = alike.min(by: { $0.value.lastUse < $1.value.lastUse }) { recorded[oldest.key] = nil }
        }
    }
}
