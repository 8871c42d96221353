import LlamaradaDevice

/// The commands of the shapes that were used last, each for a turn: see `VulkanStepTurns`.
///
/// Those of steps with prompts, which seldom have the same shape twice and are long beside what recording them takes, do not
/// drive out those that only decode. One takes 2 ms to record and, on a CPU driver, 1.8 MB for 30 layers.
struct RecordedSteps {
    private struct Key: Hashable {
        var shape: StepShape
        var turn: Int
    }

    /// The buckets of 32 rows with two kinds of samplers, for both turns, and a dozen besides.
    private var decoding = RecentlyUsed<Key, CommandSequence>(most: 40)
    private var prompts = RecentlyUsed<Key, CommandSequence>(most: 16)

    subscript(shape: StepShape, turn: Int) -> CommandSequence? {
        mutating get {
            let key = Key(shape: shape, turn: turn)
            return shape.prompt > 0 ? prompts[key] : decoding[key]
        }
        set {
            let key = Key(shape: shape, turn: turn)
            if shape.prompt > 0 { prompts[key] = newValue } else { decoding[key] = newValue }
        }
    }
}
