extension KVCacheType {
    /// `value` as a cache of this type gives it back.
    ///
    /// In f16 the nearest binary16, ties to even, but no finite value becomes infinite: beyond ±65,504 it becomes that, since
    /// one infinite key would make every score of its head NaN. NaN and infinities stay what they are, so that they show.
    /// The kernel's half of this is `roundToF16` in Cache.glsl.
    package func rounded(_ value: Float) -> Float {
        switch self {
        case .f32: value
        case .f16: Float(Self.half(value))
        }
    }

    /// The same as a binary16.
    package static func half(_ value: Float) -> Float16 {
        let largest = Float(Float16.greatestFiniteMagnitude)
        // Not by min and max, which say nothing of NaN.
        return Float16(value.isFinite && abs(value) > largest ? (value < 0 ? -largest : largest) : value)
    }
}
