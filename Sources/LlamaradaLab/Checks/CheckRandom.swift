package import Llamarada
package import LlamaradaTensors

/// Reproducible inputs of checks, fast rather than good (SplitMix64, Steele et al. 2014).
package struct CheckRandom {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [-1, 1).
    mutating func float() -> Float { Float(Int64(bitPattern: next()) >> 40) * 0x1p-23 }

    /// Uniform in [-scale, scale).
    package mutating func floats(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in scale * float() } }

    /// Uniform in 0..<bound.
    mutating func index(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// What is special about a matrix of weights.
package enum WeightFlavour: String {
    /// Values of one magnitude.
    case plain
    /// Rows of ±1e5 (f16: ±6e4), of zeros, and of the smallest values or scales, among plain ones.
    case edges
}

extension CheckRandom {
    /// Rows of random blocks of any type.
    package mutating func weights(
        _ type: ElementType, rows: Int, columns: Int, _ flavour: WeightFlavour = .plain
    ) -> QuantizedRows {
        var bytes: [UInt8] = []
        let blocks = columns / type.blockElementCount
        bytes.reserveCapacity(rows * blocks * type.blockByteCount)
        for row in 0..<rows {
            let kind = flavour == .plain ? 0 : row % 4
            for _ in 0..<blocks { appendBlock(type, kind, to: &bytes) }
        }
        return QuantizedRows(rows: rows, columns: columns, elementType: type, bytes: bytes)
    }

    /// - Parameter kind: 0 plain, 1 large, 2 zero, 3 tiny.
    private mutating func appendBlock(_ type: ElementType, _ kind: Int, to bytes: inout [UInt8]) {
        func append(_ value: UInt64, _ byteCount: Int) {
            for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
        }
        let bits = next()
        let sign = bits >> 63
        switch type {
        case .f32:
            let scale: [Float] = [1, 1e5, 0, 1e-30]
            append(UInt64((Float(Int64(bitPattern: bits) >> 40) * 0x1p-23 * scale[kind]).bitPattern), 4)
        case .bf16: append(sign << 15 | ([0x3D80, 0x47C3, 0, 0x0F00][kind] + (kind == 2 ? 0 : bits & 0x1FF)), 2)
        case .f16: append(sign << 15 | half(bits, kind), 2)
        case .q8_0, .q4_0, .q5_0, .q4_1, .q5_1, .iq4_NL:
            // Scales of 2⁻⁷ or so; the quantised values below make the sign.
            append(sign << 15 | half(bits, kind), 2)
            if type == .q4_1 || type == .q5_1 { append((sign ^ 1) << 15 | half(bits >> 16, kind), 2) }
            for _ in stride(from: 0, to: quantByteCount(type), by: 4) { append(next(), 4) }
        case .iq4_XS:
            append(sign << 15 | half(bits, kind), 2)
            append(next(), 2)
            for _ in stride(from: 4, to: type.blockByteCount, by: 4) { append(next(), 4) }
        case .q4_K, .q5_K:
            // Factors of either sign, then random bits: scales, minima and quants of every size.
            append(sign << 15 | half(bits, kind), 2)
            append((sign ^ 1) << 15 | half(bits >> 16, kind), 2)
            for _ in stride(from: 4, to: type.blockByteCount, by: 4) { append(next(), 4) }
        case .q2_K:
            for _ in 0..<20 { append(next(), 4) }
            append(sign << 15 | half(bits, kind), 2)
            append((sign ^ 1) << 15 | half(bits >> 16, kind), 2)
        case .q3_K, .q6_K:
            for _ in stride(from: 2, to: type.blockByteCount, by: 4) { append(next(), 4) }
            append(sign << 15 | half(bits, kind), 2)
        case .mxfp4:
            // Powers, and quants of zero where all is to be: no power is. Subnormal ones would be flushed by some devices.
            append([0x78 + bits & 3, 0x8D, 0, 0x10 + bits & 3][kind], 1)
            for _ in 0..<4 { append(kind == 2 ? 0 : next(), 4) }
        }
    }

    private func quantByteCount(_ type: ElementType) -> Int {
        type.blockByteCount - (type == .q4_1 || type == .q5_1 ? 4 : 2)
    }

    /// The magnitude of a binary16: about 2⁻⁷, about 6e4, zero, subnormal.
    private func half(_ bits: UInt64, _ kind: Int) -> UInt64 {
        switch kind {
        case 1: 0x7B00 + (bits & 0xFF)
        case 2: 0
        case 3: 1 + bits % 0x3FF
        default: 0x2000 + (bits & 0x3FF)
        }
    }
}
