import Llamarada
package import LlamaradaDevice
package import LlamaradaErrors
package import LlamaradaText

/// What to profile: `depth` tokens that are not measured, then a prompt, then greedy decoding.
package struct ProfileRequest: Sendable {
    /// Tokens already in the cache when measuring starts.
    package var depth: Int
    package var prompt: [TokenID]
    /// Tokens to decode.
    package var decoded: Int
    /// Pairs of decode steps, with timestamps and without, that tell what profiling costs; 0 leaves that out.
    package var overheadPairs: Int

    package init(depth: Int = 0, prompt: [TokenID], decoded: Int, overheadPairs: Int = 10) {
        self.depth = depth
        self.prompt = prompt
        self.decoded = decoded
        self.overheadPairs = overheadPairs
    }

    /// Tokens that the cache must hold for it.
    package var contextLength: Int { depth + prompt.count + max(1, decoded) }
}

/// Profiling contradicted the run without it.
package struct ProfileError: LlamaradaError {
    /// What was contradicted.
    package enum Code: Sendable {
        case unequalTokens
    }

    package let code: Code
    package let problem: String
    package let remedy: Remedy

    /// One line: problem and remedy.
    package var description: String { line(spelling: \.words) }
}

/// Everything measured: the same work without timestamps, timed as it runs, and timed one dispatch at a time.
package struct Profile: Sendable {
    /// The whole request with timestamps of one kind.
    package struct Measurement: Sendable {
        package var mode: TimingMode
        package var steps: [TimedStep]

        package init(mode: TimingMode, steps: [TimedStep]) {
            self.mode = mode
            self.steps = steps
        }

        package func steps(of phase: TimedStep.Phase) -> [TimedStep] { steps.filter { $0.phase == phase } }
    }

    /// The whole request without timestamps, by the host's clock.
    package struct Plain: Sendable, Equatable {
        package var promptSeconds: Double
        package var decodeSeconds: Double
        /// What was chosen, in order.
        package var tokens: [TokenID]

        package init(promptSeconds: Double, decodeSeconds: Double, tokens: [TokenID]) {
            self.promptSeconds = promptSeconds
            self.decodeSeconds = decodeSeconds
            self.tokens = tokens
        }
    }

    package var request: ProfileRequest
    package var peaks: DevicePeaks
    package var plain: Plain
    /// Overlapped first, serialised second.
    package var measurements: [Measurement]
    package var overheads: [ProfilingOverhead]

    package init(
        request: ProfileRequest, peaks: DevicePeaks, plain: Plain, measurements: [Measurement],
        overheads: [ProfilingOverhead]
    ) {
        self.request = request
        self.peaks = peaks
        self.plain = plain
        self.measurements = measurements
        self.overheads = overheads
    }

    /// Whether device and host times are on one clock.
    package var isCalibrated: Bool { measurements.allSatisfy { $0.steps.allSatisfy(\.isCalibrated) } }

    /// Phases that were measured.
    package var phases: [TimedStep.Phase] {
        TimedStep.Phase.allCases.filter { phase in
            measurements.contains { $0.steps.contains { $0.phase == phase } }
        }
    }
}

/// How much longer decode steps take with timestamps than without.
package struct ProfilingOverhead: Sendable, Equatable {
    package var mode: TimingMode
    /// Time with over time without, one a pair, sorted.
    package var ratios: [Double]

    package init(mode: TimingMode, ratios: [Double]) {
        self.mode = mode
        self.ratios = ratios.sorted()
    }

    package var median: Double {
        let middle = ratios.count / 2
        guard !ratios.isEmpty else { return .nan }
        return ratios.count % 2 == 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2
    }
}
