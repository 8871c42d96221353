extension KVCacheType {
    /// Heads as a cache of this type gives them back: (…, headDim).
    ///
    /// In f16 the nearest binary16, ties to even, but no finite value becomes infinite: beyond ±65,504 it becomes that, since
    /// one infinite key would make every score of its head NaN. NaN and infinities stay what they are, so that they show;
    /// in q8_0 they make their whole block NaN. The kernels' half of this is in Cache.glsl.
    package func rounded(_ values: some Collection<Float>, headDim: Int) -> [Float] {
        switch self {
        case .f32: Array(values)
        case .f16: values.map { Float(Self.half($0)) }
        case .q8_0: Q8Block.blocks(values, headDim: headDim).flatMap { block in block.quants.map { block.value($0) } }
        }
    }

    /// The nearest binary16.
    package static func half(_ value: Float) -> Float16 {
        let largest = Float(Float16.greatestFiniteMagnitude)
        // Not by min and max, which say nothing of NaN.
        return Float16(value.isFinite && abs(value) > largest ? (value < 0 ? -largest : largest) : value)
    }
}

/// A block of a `q8_0` cache: up to 32 neighbouring elements of a head, each a multiple of one scale. The format is GGUF's
/// Q8_0 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), the rounding is spelled out so that every device gives
/// the same bits.
package struct Q8Block {
    /// The largest magnitude times 1/127, as a binary16; NaN where an element is not finite.
    package var scale: Float16
    /// −127 to 127.
    package var quants: [Int8]

    package init(_ values: some Collection<Float>) {
        guard values.allSatisfy(\.isFinite) else {
            (scale, quants) = (Float16(bitPattern: 0x7E00), values.map { _ in 0 })
            return
        }
        // Not a quotient, which devices round in different ways.
        let largest = values.reduce(0) { max($0, abs($1)) }
        scale = KVCacheType.half(largest * Self.reciprocal)
        let d = Float(scale)
        quants = values.map { d == 0 ? 0 : Self.quant($0, d) }
    }

    /// 1/127 as f32.
    package static let reciprocal: Float = 1 / 127

    /// The multiple of `d` that is nearest to `value`, upwards in the middle. Whatever the quotient's last bit was: what it
    /// is compared with has 20 bits, so it is exact.
    static func quant(_ value: Float, _ d: Float) -> Int8 {
        var q = max(-128, min(128, (value / d).rounded(.toNearestOrEven)))
        if value >= (q + 0.5) * d { q += 1 } else if value < (q - 0.5) * d { q -= 1 }
        return Int8(max(-127, min(127, q)))
    }

    /// What a quant means.
    package func value(_ quant: Int8) -> Float { Float(scale) * Float(quant) }

    /// The blocks of heads: (…, headDim), each head for itself.
    package static func blocks(_ values: some Collection<Float>, headDim: Int) -> [Q8Block] {
        let values = Array(values)
        require(
            headDim > 0 && values.count % headDim == 0, "Q8Block", "\(values.count) elements of heads of \(headDim)")
        return stride(from: 0, to: values.count, by: headDim).flatMap { head in
            stride(from: 0, to: headDim, by: KVCacheType.blockElementCount).map { start in
                Q8Block(values[head + start..<head + min(headDim, start + KVCacheType.blockElementCount)])
            }
        }
    }
}
