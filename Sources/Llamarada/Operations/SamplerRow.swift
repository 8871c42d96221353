/// How a row's token is chosen: thirteen words, which SampleToken.comp and LogitChanges.comp read as they lie here
/// (Include/Sampling.glsl) and ``Reference/sampleToken(_:_:)`` takes as they are.
///
/// Numbers that are made of others are made once, here on the host; none is subnormal, since devices may flush those.
package struct SamplerRow: BitwiseCopyable, Sendable, Equatable {
    /// Nothing is chosen: the device writes nothing.
    package static let modeNone: UInt32 = 0
    /// A token is chosen.
    package static let modeSample: UInt32 = 1

    /// The largest top-k that the device takes, and what its kernel has shared memory for: 8.5 KiB with 256 lanes.
    package static let largestDeviceTopK = 128

    package var mode: UInt32
    /// How many of the largest logits stay; 0 keeps all, which the device does not do.
    package var topK: UInt32
    /// 1 or more keeps all.
    package var topP: Float
    /// The logarithm of min-p; the lowest number keeps all.
    package var logMinP: Float
    package var inverseTemperature: Float
    /// In [0, 1).
    package var uniform: Float
    package var penalty: Float
    package var inversePenalty: Float
    /// 1 or more keeps all.
    package var typicalP: Float = 1
    /// The least share of a top choice; `noXTC` where those stay.
    package var xtcThreshold: Float = noXTC
    /// With a range the temperature lies between this and as much more, and `inverseTemperature` counts nothing.
    package var lowestTemperature: Float = 0
    /// 0 is a temperature that stays the same.
    package var temperatureRange: Float = 0
    package var temperatureExponent: Float = 1

    /// A threshold that no token reaches.
    package static let noXTC: Float = 2

    /// A row of which nothing is chosen.
    package static let none = SamplerRow(
        mode: modeNone, topK: 1, topP: 1, logMinP: -.greatestFiniteMagnitude, inverseTemperature: 1, uniform: 0,
        penalty: 1, inversePenalty: 1)

    /// A row of which the likeliest token is chosen.
    package static let likeliest = SamplerRow(
        topK: 1, topP: 1, logMinP: -.greatestFiniteMagnitude, inverseTemperature: 1, uniform: 0, penalty: 1,
        inversePenalty: 1)

    package init(
        mode: UInt32 = modeSample, topK: UInt32, topP: Float, logMinP: Float, inverseTemperature: Float,
        uniform: Float, penalty: Float, inversePenalty: Float
    ) {
        self.mode = mode
        self.topK = topK
        self.topP = topP
        self.logMinP = logMinP
        self.inverseTemperature = inverseTemperature
        self.uniform = uniform
        self.penalty = penalty
        self.inversePenalty = inversePenalty
    }
}
