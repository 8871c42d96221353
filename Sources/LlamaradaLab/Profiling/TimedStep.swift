package import Llamarada
package import LlamaradaDevice
package import LlamaradaText

/// One timed pass of a model: what was dispatched, when it ran on the device, and what the host spent on it.
package struct TimedStep: Sendable {
    /// The part of a generation that a pass belongs to.
    package enum Phase: String, Sendable, CaseIterable { case prompt, decode }

    /// Nanoseconds of the host's monotonic clock.
    package struct HostTimes: Sendable, Equatable {
        package var start: Double
        /// Writing the input, and building the pass and recording its commands where the pass is the first of its kind:
        /// later ones replay it.
        package var recordEnd: Double
        package var submitEnd: Double
        package var waitEnd: Double
        /// Reading timestamps and the chosen token back.
        package var readEnd: Double

        package init(start: Double, recordEnd: Double, submitEnd: Double, waitEnd: Double, readEnd: Double) {
            self.start = start
            self.recordEnd = recordEnd
            self.submitEnd = submitEnd
            self.waitEnd = waitEnd
            self.readEnd = readEnd
        }
    }

    package var phase: Phase
    /// Tokens of the pass and the position of the first.
    package var tokens: Int
    package var position: Int
    package var operations: [TimedOperation]
    /// In order; every operation lies in one span. On the host's clock: see `isCalibrated`.
    package var spans: [TimedSpan]
    /// The operations of each submission.
    package var submissions: [Range<Int>]
    package var host: HostTimes
    /// Whether the driver related its clock to the host's. Where not, the spans are moved so that the first one starts
    /// when the host began to submit, the earliest that it can have.
    package var isCalibrated: Bool
    /// The token chosen at the end, in the last pass of a prompt and in decoding.
    package var chosen: TokenID?

    package init(
        phase: Phase, tokens: Int, position: Int, operations: [TimedOperation], timings: Timings,
        submissions: [Range<Int>], host: HostTimes, chosen: TokenID?
    ) {
        self.phase = phase
        self.tokens = tokens
        self.position = position
        self.operations = operations
        self.submissions = submissions
        self.host = host
        self.chosen = chosen
        isCalibrated = timings.isCalibrated
        let shift = isCalibrated ? 0 : host.recordEnd - (timings.spans.first?.start ?? 0)
        spans = timings.spans.map {
            TimedSpan(operations: $0.operations, start: $0.start + shift, end: $0.end + shift)
        }
    }

    package var submissionCount: Int { submissions.count }
}

extension VulkanTransformer {
    /// What a recorded timed pass is kept under.
    struct TimedKey: Hashable {
        var tokens: Int
        var ending: Ending
        var mode: TimingMode?
    }

    /// Runs `tokens` and chooses the next token greedily, as `greedy(after:at:)` does, timing every pass.
    ///
    /// - Parameters:
    ///   - phase: nil takes one token for decoding and more for a prompt.
    ///   - mode: overlapped as in normal work, or every dispatch alone; nil times the host only.
    /// - Throws: `DeviceError` with code `.unsupported` where the device has no timestamps.
    package func timedGreedy(
        after tokens: [TokenID], at position: Int, phase: TimedStep.Phase? = nil, mode: TimingMode?
    ) throws -> [TimedStep] {
        require(
            position >= 0 && position <= cachedCount && position + tokens.count <= contextLength && !tokens.isEmpty,
            "timedGreedy", "\(tokens.count) tokens at \(position), \(cachedCount) of \(contextLength) cached")
        var steps: [TimedStep] = []
        for start in stride(from: 0, to: tokens.count, by: activations.capacity) {
            let chunk = tokens[start..<min(tokens.count, start + activations.capacity)]
            let isLast = chunk.endIndex == tokens.count
            steps.append(
                try timedPass(
                    chunk, at: position + start, phase: phase ?? (tokens.count > 1 ? .prompt : .decode),
                    ending: isLast ? .argmax : .nothing, mode: mode))
        }
        return steps
    }

    private func timedPass(
        _ tokens: ArraySlice<TokenID>, at position: Int, phase: TimedStep.Phase, ending: Ending, mode: TimingMode?
    ) throws -> TimedStep {
        let start = MonotonicClock.nanoseconds()
        try writeInput(tokens, at: position)
        let sequence = try timedSequence(TimedKey(tokens: tokens.count, ending: ending, mode: mode))
        let recordEnd = MonotonicClock.nanoseconds()
        try sequence.submit()
        let submitEnd = MonotonicClock.nanoseconds()
        try sequence.wait()
        let waitEnd = MonotonicClock.nanoseconds()
        cachedCount = position + tokens.count
        let chosen = ending == .argmax ? try output.chosenToken() : nil
        let timings = try sequence.timings()
        let readEnd = MonotonicClock.nanoseconds()
        return TimedStep(
            phase: phase, tokens: tokens.count, position: position,
            operations: try timedOperations(tokens: tokens.count, depth: position + tokens.count, ending: ending),
            timings: timings, submissions: sequence.submissions,
            host: .init(
                start: start, recordEnd: recordEnd, submitEnd: submitEnd, waitEnd: waitEnd, readEnd: readEnd),
            chosen: chosen)
    }

    /// As `sequence(_:)` does for untimed passes: recorded once, replayed after.
    private func timedSequence(_ key: TimedKey) throws -> CommandSequence {
        if let known = timedSequences[key], !known.isCutBadly { return known }
        if timedSequences.count >= 9 { timedSequences = timedSequences.filter { $0.key.tokens == 1 } }
        var pass = Pass(device)
        try record(&pass, tokens: key.tokens, depth: contextLength, ending: key.ending)
        pass.scope = "the forward pass of \(key.tokens) tokens"
        let sequence = try CommandSequence(pass, timing: key.mode)
        timedSequences[key] = sequence
        return sequence
    }

    /// What a pass consists of, with costs at its true depth: the replayed commands were declared at the largest.
    private func timedOperations(tokens: Int, depth: Int, ending: Ending) throws -> [TimedOperation] {
        var pass = Pass(device)
        try record(&pass, tokens: tokens, depth: depth, ending: ending)
        return TimedOperation.list(pass.operations)
    }
}
