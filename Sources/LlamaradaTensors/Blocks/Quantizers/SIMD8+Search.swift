/// Eight trials at once, as the searches for scales need them.
///
/// Only operators on two vectors are one instruction for four lanes (Swift 6.3): `+=`, a vector with a number,
/// comparisons and `pointwiseMin` go lane by lane, and a search with them takes five times as long.
extension SIMD8<Float> {
    /// What is added to a number below 2²² to have the nearest integer in the lowest bits of the sum.
    private static var shift: SIMD8<Float> { SIMD8(repeating: 0x1.8p23) }

    @inline(__always)
    private var bits: SIMD8<Int32> { unsafeBitCast(self, to: SIMD8<Int32>.self) }

    /// The nearest integers, ties to even, within bounds; of magnitudes from 2²² on some integer within the bounds.
    @inline(__always)
    func roundedIntegers(from low: Int32, to high: Int32) -> SIMD8<Int32> {
        let (low, high) = (SIMD8<Int32>(repeating: low), SIMD8<Int32>(repeating: high))
        let above = low &+ ((self + Self.shift).bits &- Self.shift.bits &- low).nonNegative
        return high &- (high &- above).nonNegative
    }

    /// The same as numbers.
    @inline(__always)
    func rounded(from low: Int32, to high: Int32) -> SIMD8<Float> {
        let bits = roundedIntegers(from: low, to: high) &+ Self.shift.bits
        return unsafeBitCast(bits, to: SIMD8<Float>.self) - Self.shift
    }
}

extension SIMD8<Int32> {
    /// Each number, or 0 where it is negative.
    @inline(__always)
    fileprivate var nonNegative: SIMD8<Int32> { self & ~(self &>> SIMD8(repeating: 31)) }
}
