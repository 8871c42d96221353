package import LlamaradaDevice
package import LlamaradaText

/// One timed pass of a model: what was dispatched, when it ran on the device, and what the host spent on it.
package struct TimedStep {
    /// The part of a generation that a pass belongs to.
    package enum Phase: String, Sendable, CaseIterable { case prompt, decode }

    /// Nanoseconds of the host's monotonic clock.
    package struct HostTimes: Sendable, Equatable {
        package var start: Double
        /// Building the pass and recording its commands; decoding does it once and replays.
        package var recordEnd: Double
        package var submitEnd: Double
        package var waitEnd: Double
    }

    package var phase: Phase
    /// Tokens of the pass and the position of the first.
    package var tokens: Int
    package var position: Int
    package var operations: [Pass.Operation]
    /// In order; every operation lies in one span.
    package var spans: [TimedSpan]
    package var host: HostTimes
    /// Whether `spans` and `host` share a clock.
    package var isCalibrated: Bool
    package var submissionCount: Int
    /// The token chosen at the end, in the last pass of a prompt and in decoding.
    package var chosen: TokenID?
}

extension VulkanTransformer {
    /// Runs `tokens` and chooses the next token greedily, as `greedy(after:at:)` does, timing every pass.
    ///
    /// - Parameters:
    ///   - mode: overlapped as in normal work, or every dispatch alone; nil times the host only.
    /// - Throws: `DeviceError` with code `.unsupported` where the device has no timestamps.
    package func timedGreedy(
        after tokens: [TokenID], at position: Int, mode: TimingMode?
    ) throws -> [TimedStep] {
        var steps: [TimedStep] = []
        for start in stride(from: 0, to: tokens.count, by: activations.capacity) {
            let chunk = tokens[start..<min(tokens.count, start + activations.capacity)]
            let isLast = chunk.endIndex == tokens.count
            steps.append(
                try timedPass(
                    chunk, at: position + start, phase: tokens.count > 1 ? .prompt : .decode,
                    ending: isLast ? .argmax : .nothing, mode: mode))
        }
        return steps
    }

    private func timedPass(
        _ tokens: ArraySlice<TokenID>, at position: Int, phase: TimedStep.Phase, ending: Ending, mode: TimingMode?
    ) throws -> TimedStep {
        try writeInput(tokens, at: position)
        let start = MonotonicClock.nanoseconds()
        var pass = Pass(device)
        try record(&pass, tokens: tokens.count, depth: position + tokens.count, ending: ending)
        let sequence = try CommandSequence(pass, timing: mode)
        let recordEnd = MonotonicClock.nanoseconds()
        try sequence.submit()
        let submitEnd = MonotonicClock.nanoseconds()
        try sequence.wait()
        let waitEnd = MonotonicClock.nanoseconds()
        cachedCount = position + tokens.count
        return TimedStep(
            phase: phase, tokens: tokens.count, position: position, operations: pass.operations,
            spans: try sequence.timedSpans(),
            host: .init(start: start, recordEnd: recordEnd, submitEnd: submitEnd, waitEnd: waitEnd),
            isCalibrated: device.calibratesTimestamps, submissionCount: sequence.submissionCount,
            chosen: ending == .argmax ? try output.chosenToken() : nil)
    }
}
