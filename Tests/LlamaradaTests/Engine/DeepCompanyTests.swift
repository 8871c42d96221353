import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// Rows that decode at one split's depth give the same bits by commands for several splits.
@Suite(.serialized) struct DeepCompanyTests {
    private static let contextLength = 1088

    private static func engine(_ name: String) throws -> VulkanEngine {
        let file = try ModelFixture.load(name).open()
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(.automatic),
            contextLength: contextLength, slots: 2)
        for slot in 0..<2 { engine.setPages(engine.capacity.pagesInOrder(ofSlot: slot), ofSlot: slot) }
        return engine
    }

    private static func fill(_ engine: VulkanEngine, slot: Int, _ count: Int) throws {
        for start in stride(from: 0, to: count, by: 256) {
            let rows = (start..<min(count, start + 256)).map { Step.Row(TokenID($0 % 200), at: $0, slot: slot) }
            _ = try engine.run(Step(prompt: rows))
        }
    }

    /// The deepest row at both sides of a power of two, of which commands are recorded.
    @Test(arguments: ["f16", "gemma3-f32"], [600, 1023, 1024]) func aDeepNeighbourChangesNothing(
        name: String, depth: Int
    ) throws {
        let engine = try Self.engine(name)
        try Self.fill(engine, slot: 0, 40)
        try Self.fill(engine, slot: 1, depth)
        let shallow = Step.Row(7, at: 40, slot: 0, output: .logits)
        let deep = Step.Row(9, at: depth, slot: 1, output: .logits)
        let alone = try engine.run(Step(decoding: [shallow]))[0].logits
        let deepAlone = try engine.run(Step(decoding: [deep]))[0].logits
        let together = try engine.run(Step(decoding: [shallow, deep])).map(\.logits)
        #expect(alone.allSatisfy(\.isFinite) && deepAlone.allSatisfy(\.isFinite))
        #expect(together == [alone, deepAlone])
    }
}
