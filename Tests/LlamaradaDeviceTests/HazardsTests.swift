import LlamaradaDevice
import Testing

/// Barriers as they follow from reads and writes, without a GPU.
@Suite struct HazardsTests {
    private typealias Step = (reads: [Hazards.Region], writes: [Hazards.Region])

    /// Whether each step needed a barrier.
    private func barriers(_ steps: [Step]) -> [Bool] {
        let spans = Hazards.spans(of: steps.map { .init(.shader, reads: $0.reads, writes: $0.writes) })
        return steps.indices.map { step in step > 0 && spans.contains { $0.operations.lowerBound == step } }
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

    // MARK: What barriers name

    /// A copy of 16 bytes from one buffer to another.
    private func copy(_ source: UInt64, _ target: UInt64) -> Hazards.Access {
        .init(.transfer, reads: [region(source, 0..<16)], writes: [region(target, 0..<16)])
    }

    /// A kernel on 16 bytes of some buffers.
    private func kernel(_ reads: [UInt64], _ writes: [UInt64]) -> Hazards.Access {
        .init(.shader, reads: reads.map { region($0, 0..<16) }, writes: writes.map { region($0, 0..<16) })
    }

    @Test func spansSayWhatIsDone() {
        let spans = Hazards.spans(of: [copy(1, 2), kernel([2], [3]), kernel([3], [4]), copy(4, 5)])
        #expect(spans.map(\.operations) == [0..<1, 1..<2, 2..<3, 3..<4])
        #expect(spans.map(\.uses) == [.transfer, .shader, .shader, .transfer])
    }

    @Test func aSpanOfSeveralDoesWhatAllOfThemDo() {
        let spans = Hazards.spans(of: [kernel([1], []), copy(2, 3), kernel([3], [4]), kernel([3], [5])])
        #expect(
            spans == [
                .init(operations: 0..<2, uses: [.shaderRead, .transferRead, .transferWrite]),
                .init(operations: 2..<4, uses: .shader),
            ])
    }

    @Test func readsAloneAreNoWrites() {
        let spans = Hazards.spans(of: [kernel([1], []), kernel([], [1])])
        #expect(spans.map(\.uses) == [.shaderRead, .shaderWrite])
    }

    @Test func serializedOperationsAreAlone() {
        let accesses = [kernel([1], [2]), kernel([1], [3]), copy(1, 4)]
        #expect(Hazards.spans(of: accesses).count == 1)
        #expect(Hazards.spans(of: accesses, isSerialized: true).map(\.operations) == [0..<1, 1..<2, 2..<3])
        #expect(Hazards.spans(of: []) == [])
    }

    /// Whatever the list: two operations that conflict are in different spans, and each operation is in one.
    @Test func noSpanHoldsAConflict() {
        var generator = SplitMix(state: 1)
        for _ in 0..<200 {
            let accesses = (0..<20).map { _ in
                let ranges = (0..<3).map { _ in
                    let start = Int.random(in: 0..<24, using: &generator)
                    return region(.random(in: 1...3, using: &generator), start..<start + 8)
                }
                return Hazards.Access(
                    Bool.random(using: &generator) ? .shader : .transfer, reads: Array(ranges[..<2]),
                    writes: [ranges[2]])
            }
            let spans = Hazards.spans(of: accesses)
            #expect(spans.flatMap { Array($0.operations) } == Array(0..<20))
            for span in spans {
                for later in span.operations {
                    for earlier in span.operations.lowerBound..<later {
                        let (a, b) = (accesses[earlier], accesses[later])
                        #expect(!conflicts(a.writes, b.reads + b.writes) && !conflicts(a.reads, b.writes))
                    }
                }
                #expect(span.uses == span.operations.reduce(into: []) { $0.formUnion(accesses[$1].use) })
            }
        }
    }

    private func conflicts(_ a: [Hazards.Region], _ b: [Hazards.Region]) -> Bool {
        a.contains { a in b.contains { $0.buffer == a.buffer && $0.bytes.overlaps(a.bytes) } }
    }
}

/// Sebastiano Vigna's splitmix64: the same numbers on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
