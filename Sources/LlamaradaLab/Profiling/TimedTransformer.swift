package import Llamarada
package import LlamaradaDevice
package import LlamaradaText

/// A model whose passes are timed: the same commands as in normal work, with timestamps between them.
package final class TimedTransformer {
    package let model: VulkanTransformer
    private var sequences: [Key: CommandSequence] = [:]

    /// What a recorded timed pass is kept under.
    private struct Key: Hashable {
        var tokens: Int
        var kind: RowKind
        var ending: VulkanTransformer.Ending
        /// The shape's.
        var depth: Int
        var mode: TimingMode?
    }

    package init(_ model: VulkanTransformer) { self.model = model }

    /// Runs `tokens` and chooses the next token greedily, as `greedy(after:at:)` does, timing every pass.
    ///
    /// - Parameters:
    ///   - phase: nil takes one token for decoding and more for a prompt.
    ///   - mode: overlapped as in normal work, or every dispatch alone; nil times the host only.
    /// - Throws: `DeviceError` with code `.unsupported` where the device has no timestamps.
    package func timedGreedy(
        after tokens: [TokenID], at position: Int, phase: TimedStep.Phase? = nil, mode: TimingMode?
    ) throws -> [TimedStep] {
        var steps: [TimedStep] = []
        for start in stride(from: 0, to: tokens.count, by: model.tokenCapacities.forward) {
            let chunk = tokens[start..<min(tokens.count, start + model.tokenCapacities.forward)]
            let isLast = chunk.endIndex == tokens.count
            steps.append(
                try timedPass(
                    chunk, at: position + start, phase: phase ?? (tokens.count > 1 ? .prompt : .decode),
                    ending: isLast ? .argmax : .nothing, mode: mode))
        }
        return steps
    }

    private func timedPass(
        _ tokens: ArraySlice<TokenID>, at position: Int, phase: TimedStep.Phase, ending: VulkanTransformer.Ending,
        mode: TimingMode?
    ) throws -> TimedStep {
        let start = MonotonicClock.nanoseconds()
        let kind: RowKind = phase == .decode ? .decoding : .prompt
        try model.prepare(tokens, at: position, kind, ending: ending)
        let sequence = try timedSequence(
            Key(
                tokens: tokens.count, kind: kind, ending: ending,
                depth: StepShape.depth(reaching: position + tokens.count), mode: mode))
        let recordEnd = MonotonicClock.nanoseconds()
        try sequence.submit()
        let submitEnd = MonotonicClock.nanoseconds()
        try sequence.wait()
        let waitEnd = MonotonicClock.nanoseconds()
        model.finish(tokens.count, at: position)
        let chosen = ending == .argmax ? try model.chosenToken(of: kind) : nil
        let timings = try sequence.timings()
        let readEnd = MonotonicClock.nanoseconds()
        return TimedStep(
            phase: phase, tokens: tokens.count, position: position,
            operations: TimedOperation.list(
                try model.pass(tokens: tokens.count, kind, depth: position + tokens.count, ending: ending).operations),
            timings: timings, submissions: sequence.submissions,
            host: .init(
                start: start, recordEnd: recordEnd, submitEnd: submitEnd, waitEnd: waitEnd, readEnd: readEnd),
            chosen: chosen)
    }

    /// As `sequence(_:)` does for untimed passes: recorded once, replayed after.
    private func timedSequence(_ key: Key) throws -> CommandSequence {
        if let known = sequences[key], !known.isCutBadly { return known }
        if sequences.count >= 9 { sequences = sequences.filter { $0.key.tokens == 1 } }
        let pass = try model.pass(
            tokens: key.tokens, key.kind, depth: min(key.depth, model.contextLength), ending: key.ending)
        let sequence = try CommandSequence(pass, timing: key.mode)
        sequences[key] = sequence
        return sequence
    }
}
