import LlamaradaDevice

/// The commands of the shapes that were used last.
struct RecordedSteps {
    /// Enough for every bucket of decoding rows beside some of prompts; a recorded step takes some hundred kilobytes.
    private static let most = 32

    private var recorded: [StepShape: (commands: CommandSequence, lastUse: Int)] = [:]
    private var uses = 0

    /// The commands of a shape, which count as used; setting what is new may drop the one that was not used for longest.
    subscript(shape: StepShape) -> CommandSequence? {
        mutating get {
            uses += 1
            recorded[shape]?.lastUse = uses
            return recorded[shape]?.commands
        }
        set {
            recorded[shape] = newValue.map { ($0, uses) }
            guard recorded.count > Self.most else { return }
            recorded = recorded.filter { [oldest = recorded.values.map(\.lastUse).min()] in $0.value.lastUse != oldest }
        }
    }
}
