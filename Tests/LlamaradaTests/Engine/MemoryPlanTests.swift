import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import TestSupport
import Testing

/// What a plan says is what a load then allocates.
@Suite struct MemoryPlanTests {
    struct Load: Sendable, CustomTestStringConvertible {
        var contextLength: Int
        var slots: Int
        var cache = KVCacheType.f16
        var chunk = 512

        var testDescription: String { "\(contextLength) tokens, \(slots) sequences, \(cache), chunks of \(chunk)" }

        var request: EngineRequest {
            EngineRequest(
                contextLength: contextLength, slots: slots, chunk: chunk, keyCacheType: cache, valueCacheType: cache)
        }
    }

    private static let loads = [
        Load(contextLength: 32, slots: 1, chunk: 1), Load(contextLength: 1000, slots: 4, cache: .f32),
        Load(contextLength: 4096, slots: 1), Load(contextLength: 8192, slots: 16), Load(contextLength: 512, slots: 64),
    ]

    @Test(arguments: ModelFixture.names) func everyFileIsAsPlanned(name: String) throws {
        try expectAsPlanned(name, Load(contextLength: 256, slots: 2))
    }

    @Test(arguments: ["q4_k_m", "gemma3-f32"], loads) func everyLoadIsAsPlanned(name: String, load: Load) throws {
        try expectAsPlanned(name, load)
    }

    /// Within 2 %: what buffers take, the blocks that they lie in, and the most that there is while a model is loaded.
    private func expectAsPlanned(_ name: String, _ load: Load) throws {
        let file = try ModelFixture.load(name).open()
        let configuration = try ModelConfiguration(gguf: file)
        let device = try Device()
        let plan = try VulkanEngine.plan(load.request, ModelTensors(file, configuration), configuration, on: device)
        #expect(device.allocatedByteCount == 0)
        let engine = try VulkanEngine(
            file: file, configuration: configuration, device: device, contextLength: load.contextLength,
            slots: load.slots, chunk: load.chunk, keyCacheType: load.cache, valueCacheType: load.cache)
        #expect(engine.plan == plan.memory && engine.capacity == plan.capacity)
        expectClose(device.usedByteCount, plan.memory.byteCount, "buffers")
        expectClose(device.allocatedByteCount, plan.memory.allocatedByteCount, "blocks")
        #expect(device.memoryUses.keys.sorted() == plan.memory.heaps.map(\.index))
        for heap in plan.memory.heaps {
            let use = try #require(device.memoryUses[heap.index])
            expectClose(use.usedByteCount, heap.usedByteCount, "buffers of heap \(heap.index)")
            expectClose(use.byteCount, heap.allocatedByteCount, "blocks of heap \(heap.index)")
            expectClose(use.peakByteCount, heap.peakByteCount, "peak of heap \(heap.index)")
        }
    }

    private func expectClose(_ found: UInt64, _ planned: Int, _ what: String) {
        #expect(abs(Double(found) / Double(planned) - 1) < 0.02, "\(what): \(found), planned \(planned)")
    }

    @Test func modelsArePlannedBeforeTheyAreLoaded() async throws {
        let path = ModelFixture.folder.appending(path: "models/q8_0.gguf").path()
        let options = LoadOptions(contextLength: 64, sequences: 2)
        let plan = try #require(try LanguageModel.plan(path, options: options))
        #expect(plan.fits)
        #expect(try await LanguageModel.load(path, options: options).memoryPlan?.byteCounts == plan.byteCounts)
        #expect(try LanguageModel.plan(path, options: LoadOptions(backend: .cpu)) == nil)
        #expect(throws: GenerationError.self) { try LanguageModel.plan(path, options: LoadOptions(sequences: 0)) }
    }

    /// The parts are all there is, and the heaps' sum.
    @Test func partsAreTheWhole() throws {
        let plan = try plan(Load(contextLength: 4096, slots: 4)).memory
        #expect(plan.byteCount + plan[.staging] == MemoryPlan.Part.allCases.reduce(0) { $0 + plan[$1] })
        #expect(plan.byteCount == plan.heaps.reduce(0) { $0 + $1.usedByteCount })
        #expect(plan.heaps.allSatisfy { $0.usedByteCount <= $0.allocatedByteCount })
        #expect(plan.heaps.allSatisfy { $0.allocatedByteCount <= $0.peakByteCount })
        // The host sees lavapipe's memory and writes it in place.
        #expect(plan[.hostWeights] == 0 && plan[.staging] == 0)
    }

    /// A heap that has just so much room, and one that lacks a byte.
    @Test(arguments: ["q8_0", "q4_k_m"]) func aByteDecides(name: String) throws {
        let load = Load(contextLength: 2048, slots: 1)
        var (least, tooLittle) = (1 << 30, 0)
        while least - tooLittle > 1 {
            let middle = (least + tooLittle) / 2
            if try plan(load, name, memory: middle).memory.fits { least = middle } else { tooLittle = middle }
        }
        let just = try plan(load, name, memory: least).memory
        #expect(just.heaps[0].peakByteCount <= least && just.byteCount < least)
        // Blocks are as small as need be where there is no more.
        let unlimited = try plan(load, name).memory.heaps[0].peakByteCount
        #expect(least <= unlimited && least > unlimited / 2)
        try just.check(device(memory: least).description, contextLength: 2048)
        let short = try plan(load, name, memory: least - 1).memory
        #expect(!short.fits && short.heaps[0].missingByteCount > 0)
        let error = try #require(throws: DeviceError.self) {
            try short.check(device(memory: least - 1).description, contextLength: 2048)
        }
        #expect(error.code == .outOfMemory && error.problem.contains("cache for 2048 tokens"), "\(error)")
    }

    /// Sequences beyond those that fit share a cache.
    @Test func theCacheTakesWhatThereIs() throws {
        let load = Load(contextLength: 8192, slots: 64)
        let need = try plan(load).memory.heaps[0].peakByteCount
        let part = try plan(load, memory: need / 2 + 256 << 20)
        #expect(part.memory.fits && !part.isWhole && part.capacity.pages > part.capacity.pagesPerSlot)
        let whole = try plan(load, memory: need + 256 << 20)
        #expect(whole.memory.fits && whole.isWhole)
    }

    @Test(arguments: [
        Load(contextLength: 1 << 24, slots: 256), Load(contextLength: .max, slots: 1),
        Load(contextLength: 1 << 55, slots: 2),
    ]) func absurdRequestsAreErrors(load: Load) {
        #expect(throws: DeviceError.self) { try plan(load) }
    }

    private func plan(_ load: Load, _ name: String = "f32", memory: Int? = nil) throws -> EnginePlan {
        try plan(load.request, name, memory: memory)
    }

    private func plan(_ request: EngineRequest, _ name: String = "f32", memory: Int? = nil) throws -> EnginePlan {
        let file = try ModelFixture.load(name).open()
        let configuration = try ModelConfiguration(gguf: file)
        return try VulkanEngine.plan(
            request, ModelTensors(file, configuration), configuration, on: device(memory: memory))
    }

    /// The device at hand, with so much memory.
    private func device(memory: Int?) throws -> Device {
        try Device(
            .automatic, purpose: .compiling,
            describe: { if let memory { $0.limitMemory(to: UInt64(memory)) } })
    }
}
