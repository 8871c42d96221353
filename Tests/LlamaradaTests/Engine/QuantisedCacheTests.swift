import Llamarada
import LlamaradaDevice
import TestSupport
import Testing

/// Whole models with keys and values in q8_0; VulkanTransformerTests and ComparisonTests look at what they give.
@Suite struct QuantisedCacheTests {
    @Test func thePlanCountsIt() throws {
        let fixture = try ModelFixture.load("f32")
        let file = try fixture.open()
        let configuration = try ModelConfiguration(gguf: file)
        func cacheBytes(_ type: KVCacheType) throws -> Int {
            let engine = try VulkanEngine(
                file: file, configuration: configuration, device: Device(.automatic), contextLength: 128,
                keyCacheType: type, valueCacheType: type)
            let allocated = (engine.cache.keys + engine.cache.values).reduce(0) { $0 + 4 * $1.count }
            #expect(engine.memoryPlan?.cacheByteCount == allocated)
            return allocated
        }
        let (half, quantised) = (try cacheBytes(.f16), try cacheBytes(.q8_0))
        let headDim = configuration.headDim
        #expect(quantised * 2 * headDim == half * KVCacheType.q8_0.byteCount(headDim: headDim))
    }
}
