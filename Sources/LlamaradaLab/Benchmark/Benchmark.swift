package import Llamarada
package import LlamaradaDevice
import LlamaradaText

/// Times a model on fixed random tokens, without tokenizing and sampling: decoding ends in the likeliest token, chosen
/// where the logits are.
package struct Benchmark {
    private let transformer: any Transformer
    private let tokens: [TokenID]

    /// - Parameters:
    ///   - transformer: holds in its cache what the longest test needs, or running that test traps.
    package init(_ transformer: any Transformer) {
        self.transformer = transformer
        var random = RandomSource(seed: 1)
        let vocabulary = transformer.configuration.vocabularySize
        tokens = (0..<transformer.contextLength).map { _ in TokenID.random(in: 0..<TokenID(vocabulary), using: &random)
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
        try fill(test.depth)
        if warmsUp { try once(test.prompt > 0 ? test : BenchmarkTest(prompt: 0, generated: 1, depth: test.depth)) }
        finished(0)
        let device = (transformer as? VulkanTransformer)?.device
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
            cost: try (transformer as? VulkanTransformer)?.cost(test)
        )
    }

    /// Brings the cache to `depth` tokens.
    private func fill(_ depth: Int) throws {
        guard depth > 0 else { return }
        _ = try transformer.forward(Array(tokens[..<depth]), at: 0, logits: .none)
    }

    private func once(_ test: BenchmarkTest) throws {
        let start = test.depth + test.prompt
        if test.prompt > 0 { _ = try transformer.greedy(after: Array(tokens[test.depth..<start]), at: test.depth) }
        for position in start..<start + test.generated {
            _ = try transformer.greedy(after: [tokens[position]], at: position)
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

extension VulkanTransformer {
    /// What one run of a test computes.
    func cost(_ test: BenchmarkTest) throws -> Cost {
        var sum = Cost()
        for start in stride(from: 0, to: test.prompt, by: tokenCapacities.forward) {
            let end = min(test.prompt, start + tokenCapacities.forward)
            sum = sum + (try cost(end - start, at: test.depth + start, ending: end == test.prompt ? .argmax : .nothing))
        }
        guard test.generated > 0 else { return sum }
        // Attention's part grows by the same amount each token, so the first and the last tell the mean.
        let first = test.depth + test.prompt
        let ends =
            try cost(1, at: first, ending: .argmax) + cost(1, at: first + test.generated - 1, ending: .argmax)
        return sum
            + Cost(
                flops: ends.flops * test.generated / 2, bytesRead: ends.bytesRead * test.generated / 2,
                bytesWritten: ends.bytesWritten * test.generated / 2)
    }

    private func cost(_ tokens: Int, at position: Int, ending: Ending) throws -> Cost {
        try pass(tokens: tokens, depth: position + tokens, ending: ending).cost
    }
}
