import LlamaradaDevice
import Testing

/// Barriers as they follow from reads and writes, without a GPU.
@Suite struct HazardsTests {
    private func region(_ buffer: UInt64, _ bytes: Range<Int>) -> Hazards.Region { .init(buffer: buffer, bytes: bytes) }

    @Test func readAfterWriteNeedsABarrier() {
        var hazards = Hazards()
        #expect(!hazards.needsBarrier(reading: [region(1, 0..<16)], writing: [region(2, 0..<16)]))
        #expect(hazards.needsBarrier(reading: [region(2, 8..<12)], writing: [region(3, 0..<16)]))
    }

    @Test func writeAfterReadNeedsABarrier() {
        var hazards = Hazards()
        #expect(!hazards.needsBarrier(reading: [region(1, 0..<16)], writing: []))
        #expect(hazards.needsBarrier(reading: [], writing: [region(1, 0..<4)]))
    }

    @Test func writeAfterWriteNeedsABarrier() {
        var hazards = Hazards()
        #expect(!hazards.needsBarrier(reading: [], writing: [region(1, 0..<16)]))
        #expect(hazards.needsBarrier(reading: [], writing: [region(1, 12..<20)]))
    }

    @Test func readsAndDisjointWritesDoNot() {
        var hazards = Hazards()
        #expect(!hazards.needsBarrier(reading: [region(1, 0..<16)], writing: [region(2, 0..<16)]))
        #expect(!hazards.needsBarrier(reading: [region(1, 0..<16)], writing: [region(2, 16..<32)]))
        #expect(!hazards.needsBarrier(reading: [region(1, 0..<16)], writing: [region(3, 0..<16)]))
    }

    @Test func aBarrierSettlesEverythingBefore() {
        var hazards = Hazards()
        #expect(!hazards.needsBarrier(reading: [], writing: [region(1, 0..<16), region(2, 0..<16)]))
        #expect(hazards.needsBarrier(reading: [region(1, 0..<16)], writing: []))
        #expect(!hazards.needsBarrier(reading: [region(2, 0..<16)], writing: []))
    }
}
