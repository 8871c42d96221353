import Llamarada
import LlamaradaDevice
import LlamaradaLab
import TestSupport
import Testing

@Suite struct BenchmarkTests {
    @Test func namesAreLlamaBenchs() {
        #expect(BenchmarkTest(prompt: 512, generated: 0).name == "pp512")
        #expect(BenchmarkTest(prompt: 0, generated: 128).name == "tg128")
        #expect(BenchmarkTest(prompt: 512, generated: 128).name == "pp512+tg128")
        #expect(BenchmarkTest(prompt: 512, generated: 0, depth: 512).name == "pp512 @ d512")
    }

    @Test func severalSequencesAtOnce() throws {
        let tests = BenchmarkTest.all(prompts: [8], generations: [4], depths: [0], sequences: [1, 4])
        #expect(tests.map(\.name) == ["pp8", "pp8 × 4", "tg4", "tg4 × 4"])
        #expect(tests.map(\.tokenCount) == [8, 32, 4, 16] && tests.map(\.contextLength) == [8, 8, 4, 4])
        let file = try ModelFixture.load("q4_0").open()
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 32, slots: 4)
        let alone = try Benchmark(engine).run(.init(prompt: 5, generated: 3, depth: 2), repetitions: 1)
        let together = try Benchmark(engine).run(.init(prompt: 5, generated: 3, depth: 2, sequences: 4), repetitions: 1)
        #expect(alone.activity?.submissions == 4 && together.activity?.submissions == 4)
        // Weights are read once for all.
        let (one, four) = try (#require(alone.cost), #require(together.cost))
        #expect(four.flops > 3 * one.flops && four.bytesRead < 2 * one.bytesRead)
    }

    @Test func everyCombinationButEmptyOnes() {
        let tests = BenchmarkTest.all(
            prompts: [8, 16], generations: [0, 4], pairs: [(8, 4)], depths: [0, 32])
        #expect(
            tests.map(\.name) == [
                "pp8", "pp16", "tg4", "pp8+tg4", "pp8 @ d32", "pp16 @ d32", "tg4 @ d32", "pp8+tg4 @ d32",
            ])
        #expect(tests.map(\.contextLength).max() == 48)
    }

    @Test func statistics() {
        // Sum of squares 32 over n − 1 = 7.
        let some = SampleStatistics([2, 4, 4, 4, 5, 5, 7, 9])
        #expect(some.mean == 5)
        #expect(abs(some.deviation - 2.138_089_935_299_395) < 1e-12)
        #expect(SampleStatistics([3]) == SampleStatistics([3]))
        #expect(SampleStatistics([3]).mean == 3 && SampleStatistics([3]).deviation == 0)
        #expect(SampleStatistics([]).mean == 0 && SampleStatistics([]).deviation == 0)
    }

    @Test func figuresByHand() throws {
        var activity = DeviceActivity()
        activity.dispatches = 80
        activity.submissions = 20
        activity.waited = .milliseconds(300)
        let result = BenchmarkResult(
            test: .init(prompt: 0, generated: 10), nanoseconds: [1e8, 3e8], activity: activity,
            cost: Cost(flops: 4_000_000, bytesRead: 2_000_000, bytesWritten: 500_000))
        #expect(result.tokensPerSecond.map { $0.rounded() } == [100, 33])
        #expect(result.seconds == 0.2)
        #expect(result.bytesPerToken == 250_000)
        #expect(result.readBandwidth == 1e7)
        #expect(result.flops == 2e7)
        #expect(result.dispatchesPerToken == 4 && result.submissionsPerToken == 1)
        // 400 ms in all, 300 of them waiting, 20 tokens.
        #expect(result.hostNanosecondsPerToken == 5e6)
    }

    @Test func everyTestRunsOnTheDevice() throws {
        let file = try ModelFixture.load("q4_0").open()
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 32, chunk: 8)
        let benchmark = Benchmark(engine)
        var told: [Int] = []
        let deep = try benchmark.run(.init(prompt: 0, generated: 4, depth: 28), repetitions: 3) { told.append($0) }
        #expect(told == [0, 1, 2, 3])
        #expect(deep.nanoseconds.count == 3 && deep.nanoseconds.allSatisfy { $0 > 0 })
        #expect(deep.submissionsPerToken == 1)
        let shallow = try benchmark.run(.init(prompt: 0, generated: 4), repetitions: 1)
        let cost = try #require(shallow.cost)
        #expect(cost.bytesRead > 4 * 200_000 && cost.bytesRead < deep.cost?.bytesRead ?? 0)
        // A prompt of 20 in chunks of 8, 8 and 4.
        let prompt = try benchmark.run(.init(prompt: 20, generated: 2, depth: 10), repetitions: 2)
        #expect(prompt.activity?.submissions == 2 * (3 + 2))
        #expect((prompt.cost?.flops ?? 0) > 5 * cost.flops / 2)
        let host = try #require(prompt.hostNanosecondsPerToken)
        #expect(host > 0 && host < prompt.seconds * 1e9)
    }

    @Test func theReferenceHasNoDeviceFigures() throws {
        let file = try ModelFixture.load("f32").open()
        let engine = try ReferenceEngine(
            file: file, configuration: ModelConfiguration(gguf: file), contextLength: 16, threads: 1)
        let result = try Benchmark(engine).run(.init(prompt: 4, generated: 2, depth: 4), repetitions: 2)
        #expect(result.nanoseconds.count == 2)
        #expect(result.cost == nil && result.activity == nil && result.hostNanosecondsPerToken == nil)
    }
}
