import Llamarada
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
