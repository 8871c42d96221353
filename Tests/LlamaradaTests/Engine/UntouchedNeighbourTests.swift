import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// Rows that share a tile of attention's kernel share no value: what one must not see cannot touch it, even NaN.
@Suite struct UntouchedNeighbourTests {
    /// Four tokens of one sequence, whose cache is as it should be, beside one of another, whose cache is NaN.
    @Test(arguments: [KVCacheType.f16, .f32, .q8_0]) func aNeighbourOfNaN(type: KVCacheType) throws {
        let file = try GGUFFile.open(path: ModelFixture.folder.appending(path: "models/f32.gguf").path())
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64, slots: 2,
            chunk: 16, keyCacheType: type, valueCacheType: type)
        let tables = [PageTable([0, 1]), PageTable([2, 3])]
        for (slot, table) in tables.enumerated() { engine.setPages(table, ofSlot: slot) }
        let rows = (0..<4).map { Step.Row(TokenID($0 + 5), at: $0, slot: 0, output: $0 == 3 ? .logits : .nothing) }
        let alone = try engine.run(Step(prompt: rows))[3].logits
        try engine.poisonPages(tables[1])
        let sick = Step.Row(7, at: 40, slot: 1, output: .logits)
        let together = try engine.run(Step(prompt: rows + [sick]))
        let isWhole = alone.allSatisfy { $0.isFinite }
        #expect(together[3].logits == alone && !alone.isEmpty && isWhole)
        // It is NaN that the neighbour reads, or the test would say nothing.
        let isSick = together[4].logits.contains { $0.isNaN }
        #expect(isSick)
    }
}
