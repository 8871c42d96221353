import LlamaradaDevice
import Testing

/// Parts of a block, without a GPU.
@Suite struct RangeAllocatorTests {
    @Test func takesTheSmallestThatFits() {
        var ranges = RangeAllocator(byteCount: 100)
        #expect(ranges.allocate(40, alignment: 1) == 0)
        #expect(ranges.allocate(10, alignment: 1) == 40)
        #expect(ranges.allocate(20, alignment: 1) == 50)
        #expect(ranges.free == [70..<100])
        ranges.deallocate(0..<40)
        ranges.deallocate(50..<70)
        #expect(ranges.free == [0..<40, 50..<100])
        #expect(ranges.allocate(30, alignment: 1) == 0)
        #expect(ranges.allocate(51, alignment: 1) == nil)
        #expect(ranges.allocate(50, alignment: 1) == 50)
    }

    @Test func neighboursAreJoined() {
        var ranges = RangeAllocator(byteCount: 64)
        for _ in 0..<4 { _ = ranges.allocate(16, alignment: 16) }
        #expect(ranges.free == [] && ranges.freeByteCount == 0)
        ranges.deallocate(0..<16)
        ranges.deallocate(32..<48)
        #expect(ranges.free == [0..<16, 32..<48])
        ranges.deallocate(16..<32)
        #expect(ranges.free == [0..<48] && !ranges.isEmpty)
        ranges.deallocate(48..<64)
        #expect(ranges.free == [0..<64] && ranges.isEmpty)
    }

    @Test func offsetsAreAligned() {
        var ranges = RangeAllocator(byteCount: 256)
        #expect(ranges.allocate(1, alignment: 64) == 0)
        #expect(ranges.allocate(1, alignment: 64) == 64)
        #expect(ranges.free == [1..<64, 65..<256])
        #expect(ranges.allocate(64, alignment: 128) == 128)
        #expect(ranges.allocate(129, alignment: 128) == nil)
        // What alignment leaves free is not lost.
        #expect(ranges.allocate(63, alignment: 1) == 1)
    }

    @Test func numbersNearTheEndOf64Bits() {
        var ranges = RangeAllocator(byteCount: .max)
        #expect(ranges.allocate(.max - 1, alignment: 1) == 0)
        #expect(ranges.allocate(1, alignment: 1 << 63) == nil)
        #expect(RangeAllocator.alignUp(.max, to: 16) == nil)
        #expect(RangeAllocator.alignUp(17, to: 16) == 32)
        var none = RangeAllocator(byteCount: 0)
        #expect(none.isEmpty && none.allocate(1, alignment: 1) == nil)
    }

    /// Against a list of bytes that are taken.
    @Test(arguments: [1, 2, 3] as [UInt64]) func randomRequests(seed: UInt64) {
        var generator = SplitMix(state: seed)
        let size: UInt64 = 512
        var ranges = RangeAllocator(byteCount: size)
        var taken = [Bool](repeating: false, count: Int(size))
        var living: [Range<UInt64>] = []
        for _ in 0..<3000 {
            if Bool.random(using: &generator), let index = living.indices.randomElement(using: &generator) {
                let range = living.remove(at: index)
                ranges.deallocate(range)
                for byte in range { taken[Int(byte)] = false }
            } else {
                let count = UInt64.random(in: 1...60, using: &generator)
                let alignment = UInt64(1) << UInt64.random(in: 0...5, using: &generator)
                let found = ranges.allocate(count, alignment: alignment)
                let fits = stride(from: 0, through: size - count, by: Int(alignment)).contains { start in
                    !taken[Int(start)..<Int(start + count)].contains(true)
                }
                #expect((found != nil) == fits)
                guard let found else { continue }
                #expect(found % alignment == 0 && !taken[Int(found)..<Int(found + count)].contains(true))
                for byte in found..<found + count { taken[Int(byte)] = true }
                living.append(found..<found + count)
            }
            #expect(ranges.freeByteCount == UInt64(taken.count { !$0 }))
            #expect(zip(ranges.free, ranges.free.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        }
        for range in living { ranges.deallocate(range) }
        #expect(ranges.isEmpty && ranges.free == [0..<size])
    }
}
