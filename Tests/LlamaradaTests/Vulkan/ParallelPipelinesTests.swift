import CVulkan
import Glibc
import LlamaradaThreads
import Synchronization
import TestSupport
import Testing

/// Drivers compile in vkCreateComputePipelines, so a model's pipelines are made on several threads.
@Suite(.serialized) struct ParallelPipelinesTests {
    private static let underWay = Mutex((now: 0, most: 0))
    // Safety: written before a device is opened with the patch, by tests that run one at a time.
    private nonisolated(unsafe) static var real = LlamaradaVulkan()

    /// Each call waits until there are two, for 10 s at most.
    @Test(.enabled(if: Workers.processorCount > 1)) func twoAtOnce() throws {
        Self.underWay.withLock { $0 = (0, 0) }
        _ = try VulkanModel.open(ModelFixture.load("q4_0")) { table in
            Self.real = table
            table.vkCreateComputePipelines = { device, cache, count, infos, allocator, pipelines in
                ParallelPipelinesTests.underWay.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                for _ in 0..<1000 where ParallelPipelinesTests.underWay.withLock({ $0.most < 2 }) { usleep(10_000) }
                let result = ParallelPipelinesTests.real.vkCreateComputePipelines(
                    device, cache, count, infos, allocator, pipelines)
                ParallelPipelinesTests.underWay.withLock { $0.now -= 1 }
                return result
            }
        }
        #expect(Self.underWay.withLock { $0.most } >= 2)
    }
}
