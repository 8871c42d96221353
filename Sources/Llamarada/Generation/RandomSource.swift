/// xoshiro256** by Blackman and Vigna (arXiv 1805.01407), started by SplitMix64 as its authors advise.
///
/// The same seed gives the same sequence on every machine and in every version.
package struct RandomSource: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var mixer = seed
        func splitMix64() -> UInt64 {
            mixer &+= 0x9E37_79B9_7F4A_7C15
            var value = mixer
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        state = (splitMix64(), splitMix64(), splitMix64(), splitMix64())
    }

    package mutating func next() -> UInt64 {
        func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { (value << bits) | (value >> (64 - bits)) }
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    package mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
