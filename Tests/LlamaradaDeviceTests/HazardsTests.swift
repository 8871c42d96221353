import LlamaradaDevice
import Testing

/// Barriers as they follow from reads and writes, without a GPU.
@Suite struct HazardsTests {
    private typealias Step = (reads: [Hazards.Region], writes: [Hazards.Region])

    /// Whether each step needed a barrier.
    private func barriers(_ steps: [Step]) -> [Bool] {
        var hazards = Hazards()
        return steps.map { hazards.needsBarrier(reading: $0.reads, writing: $0.writes) }
    }

    private func region(_ buffer: UInt64, _ bytes: Range<Int>) -> Hazards.Region { .init(buffer: buffer, bytes: bytes) }

    @Test func readAfterWriteNeedsABarrier() {
        let steps: [Step] = [
            ([region(1, 0..<16)], [region(2, 0..<16)]),
            ([region(2, 8..<12)], [region(3, 0..<16)]),
        ]
        #expect(barriers(steps) == [false, true])
    }

    @Test func writeAfterReadNeedsABarrier() {
        let steps: [Step] = [
            ([region(1, 0..<16)], []),
            ([], [region(1, 0..<4)]),
        ]
        #expect(barriers(steps) == [false, true])
    }

    @Test func writeAfterWriteNeedsABarrier() {
        let steps: [Step] = [
            ([], [region(1, 0..<16)]),
            ([], [region(1, 12..<20)]),
        ]
        #expect(barriers(steps) == [false, true])
    }

    @Test func readsAndDisjointWritesDoNot() {
        let steps: [Step] = [
            ([region(1, 0..<16)], [region(2, 0..<16)]),
            ([region(1, 0..<16)], [region(2, 16..<32)]),
            ([region(1, 0..<16)], [region(3, 0..<16)]),
        ]
        #expect(barriers(steps) == [false, false, false])
    }

    @Test func aBarrierSettlesEverythingBefore() {
        let steps: [Step] = [
            ([], [region(1, 0..<16), region(2, 0..<16)]),
            ([region(1, 0..<16)], []),
            ([region(2, 0..<16)], []),
        ]
        #expect(barriers(steps) == [false, true, false])
    }
}
