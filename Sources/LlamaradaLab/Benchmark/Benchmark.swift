package import Llamarada
package import LlamaradaDevice
import LlamaradaErrors
import LlamaradaText

/// Times an engine on fixed random tokens, without tokenizing: decoding ends in a token chosen where the logits are.
package struct Benchmark {
    private let engine: any Engine
    /// (slots, contextLength)
    private let tokens: [[TokenID]]
    /// How each token is chosen.
    private let output: Step.Output

    /// - Parameters:
    ///   - engine: holds in its cache what the longest test needs, or running that test traps.
    ///   - sampling: how tokens are chosen; where the device cannot do that, the logits come to the host, which draws
    ///     nothing.
    package init(_ engine: any Engine, sampling: SamplingOptions = .greedy) {
        self.engine = engine
        switch sampling.devicePath {
        case .argmax: output = .likeliest
        case .sampler:
            let recent = 0..<UInt32(clamping: sampling.repeatPenalty == 1 ? 0 : sampling.repeatLastN)
            let changes = recent.prefix(LogitChange.capacity).map { LogitChange($0, isRepeated: true) }
            output = .sampled(SamplerRow(sampling, uniform: 0.5), changes: changes)
        case nil: output = .logits
        }
        let vocabulary = TokenID(engine.configuration.vocabularySize)
        tokens = (0..<engine.capacity.slots).map { slot in
            var random = RandomSource(seed: UInt64(1 + slot))
            return (0..<engine.capacity.contextLength).map { _ in TokenID.random(in: 0..<vocabulary, using: &random) }
        }
        for slot in 0..<engine.capacity.slots {
            engine.setPages(engine.capacity.pagesInOrder(ofSlot: slot), ofSlot: slot)
        }
    }

    /// Runs a test once without timing it, so that everything that is made at first use is there, then `repetitions`
    /// times.
    ///
    /// - Parameters:
    ///   - finished: is told after each run how many of the timed ones are done.
    package func run(
        _ test: BenchmarkTest, repetitions: Int, warmsUp: Bool = true, finished: (Int) -> Void = { _ in }
    ) throws -> BenchmarkResult {
        let capacity = engine.capacity
        guard test.sequences * capacity.pagesPerSlot <= capacity.pages else {
            throw GenerationError(
                .textTooLong,
                "\(test.sequences) sequences of \(capacity.contextLength) tokens do not fit the cache of \(capacity.pages * capacity.pageSize)",
                remedy: .shorterContext)
        }
        try run(0..<test.depth, test, output: .nothing)
        if warmsUp {
            var one = test
            if test.prompt == 0 { one.generated = 1 }
            try once(one)
        }
        finished(0)
        let device = (engine as? VulkanEngine)?.device
        let before = device?.activity
        var samples: [Double] = []
        for repetition in 0..<repetitions {
            let start = MonotonicClock.nanoseconds()
            try once(test)
            samples.append(MonotonicClock.nanoseconds() - start)
            finished(repetition + 1)
        }
        let activity = if let device, let before { device.activity - before } else { DeviceActivity?.none }
        return BenchmarkResult(
            test: test, nanoseconds: samples, activity: activity,
            cost: try (engine as? VulkanEngine)?.cost(test, output.ending))
    }

    private func once(_ test: BenchmarkTest) throws {
        let start = test.depth + test.prompt
        try run(test.depth..<start, test, output: output)
        // Few models have so large a vocabulary that the logits of all do not fit at once.
        let most = max(1, min(engine.capacity.rows, engine.capacity.wantedRows))
        for position in start..<start + test.generated {
            for first in stride(from: 0, to: test.sequences, by: most) {
                try compute(
                    Step(
                        decoding: (first..<min(test.sequences, first + most)).map {
                            Step.Row(tokens[$0][position], at: position, slot: $0, output: output)
                        }))
            }
        }
    }

    /// Computes some positions of every sequence as prompts, as full steps as the engine takes.
    private func run(_ positions: Range<Int>, _ test: BenchmarkTest, output: Step.Output) throws {
        let rows = (0..<test.sequences).flatMap { slot in
            positions.map { position in
                Step.Row(
                    tokens[slot][position], at: position, slot: slot,
                    output: position == positions.upperBound - 1 ? output : .nothing)
            }
        }
        // As many rows may be wanted as prompts end.
        let most = min(
            engine.capacity.chunk, test.sequences > engine.capacity.wantedRows ? engine.capacity.wantedRows : .max)
        for start in stride(from: 0, to: rows.count, by: most) {
            try compute(Step(prompt: Array(rows[start..<min(rows.count, start + most)])))
        }
    }

    private func compute(_ step: Step) throws {
        let results = try engine.run(step)
        for (row, result) in zip(step.decoding + step.prompt, results) where row.output != .nothing {
            guard result.token != nil || row.output == .logits else { throw NonFiniteLogits() }
            try NonFiniteLogits.check(result.logits)
        }
    }
}

/// What a test took.
package struct BenchmarkResult: Sendable {
    package let test: BenchmarkTest
    /// One sample a run.
    package let nanoseconds: [Double]
    /// What the device did in all runs together; nil on the CPU.
    package let activity: DeviceActivity?
    /// What one run computes, by its kernels' declarations; nil on the CPU.
    package let cost: Cost?

    package init(test: BenchmarkTest, nanoseconds: [Double], activity: DeviceActivity?, cost: Cost?) {
        self.test = test
        self.nanoseconds = nanoseconds
        self.activity = activity
        self.cost = cost
    }

    /// Tokens a second, one sample a run.
    package var tokensPerSecond: [Double] { nanoseconds.map { Double(test.tokenCount) * 1e9 / $0 } }

    /// Mean seconds of a run.
    package var seconds: Double { SampleStatistics(nanoseconds).mean / 1e9 }

    private var tokens: Double { Double(test.tokenCount) }
    private var tokensOfAllRuns: Double { tokens * Double(nanoseconds.count) }

    /// Bytes that kernels read and write for a token.
    package var bytesPerToken: Double? { cost.map { Double($0.bytes) / tokens } }

    /// Bytes that kernels read in a second of the run.
    package var readBandwidth: Double? { cost.map { Double($0.bytesRead) / seconds } }

    /// Operations in a second of the run.
    package var flops: Double? { cost.map { Double($0.flops) / seconds } }

    package var dispatchesPerToken: Double? { activity.map { Double($0.dispatches) / tokensOfAllRuns } }

    package var submissionsPerToken: Double? { activity.map { Double($0.submissions) / tokensOfAllRuns } }

    /// Nanoseconds a token in which the host did not wait for the device: its part in the run's time.
    package var hostNanosecondsPerToken: Double? {
        activity.map { (nanoseconds.reduce(0, +) - $0.waited / .nanoseconds(1)) / tokensOfAllRuns }
    }
}

extension VulkanEngine {
    /// What one run of a test computes.
    func cost(_ test: BenchmarkTest, _ ending: StepShape.Ending) throws -> Cost {
        var sum = Cost()
        let rows = test.sequences * test.prompt
        for start in stride(from: 0, to: rows, by: capacity.chunk) {
            let end = min(rows, start + capacity.chunk)
            // Rows that end a prompt.
            let wanted = end / test.prompt - start / test.prompt
            let depth = test.depth + min(test.prompt, end - (end - 1) / test.prompt * test.prompt)
            let shape = StepShape(
                decoding: 0, prompt: end - start, wantedPrompt: wanted, ending: wanted > 0 ? ending : [])
            sum = sum + (try pass(shape, depth: max(depth, end - start)).cost)
        }
        guard test.generated > 0 else { return sum }
        // Attention's part grows by the same amount each token, so the first and the last tell the mean.
        let shape = StepShape(decoding: test.sequences, prompt: 0, wantedPrompt: 0, ending: ending)
        let first = test.depth + test.prompt
        let ends = try pass(shape, depth: first + 1).cost + pass(shape, depth: first + test.generated).cost
        return sum
            + Cost(
                flops: ends.flops * test.generated / 2, bytesRead: ends.bytesRead * test.generated / 2,
                bytesWritten: ends.bytesWritten * test.generated / 2)
    }
}
