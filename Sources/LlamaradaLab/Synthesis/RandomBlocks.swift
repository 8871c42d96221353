import Llamarada
import LlamaradaTensors

/// Random numbers written straight in a file's element types, without a quantiser: evenly distributed around 0 with a
/// given standard deviation.
///
/// A block's quants are random bits. Formats without a minimum hold −2ⁿ⁻¹…2ⁿ⁻¹ − 1, whose mean is not 0 but −1/2: a mean that all
/// weights share is amplified by √fan-in, so the scale's sign is random, which takes it away.
struct RandomBlocks {
    private let type: ElementType
    private let deviation: Float
    private var random: RandomSource

    /// What the quants of a block type stand for, before the scale.
    private struct Quants {
        /// The mean square, around `mean` where the type has a minimum.
        var meanSquare: Float
        /// The mean that the minimum takes away; nil where the type has no minimum.
        var mean: Float?
    }

    private static let quants: [ElementType: Quants] = [
        .q8_0: Quants(meanSquare: 5461.5), .q4_0: Quants(meanSquare: 21.5), .q5_0: Quants(meanSquare: 85.5),
        .q4_1: Quants(meanSquare: 21.25, mean: 7.5), .q5_1: Quants(meanSquare: 85.25, mean: 15.5),
        // Times the mean square of the scales: 8 to 15; −32 to −17 and 16 to 31; 32 to 63; 64 to 127 of either sign.
        .q2_K: Quants(meanSquare: 1.25 * 137.5, mean: 1.5), .q3_K: Quants(meanSquare: 5.5 * 597.5),
        .q4_K: Quants(meanSquare: 21.25 * 2341.5, mean: 7.5), .q5_K: Quants(meanSquare: 85.25 * 2341.5, mean: 15.5),
        .q6_K: Quants(meanSquare: 341.5 * 9461.5),
        .iq4_NL: Quants(meanSquare: 4548), .iq4_XS: Quants(meanSquare: 4548 * 597.5),
        // Before halving: see MXFP4.swift.
        .mxfp4: Quants(meanSquare: 34.25),
    ]

    /// Where a block has its scale, and its minimum behind it; others begin with them.
    private static let offsets: [ElementType: Int] = [.q2_K: 80, .q3_K: 108, .q6_K: 208]

    /// Types that can be written; a type joins with its line in `quants`.
    static let types: [ElementType] = [
        .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL, .iq4_XS,
        .mxfp4,
    ]

    init(_ type: ElementType, deviation: Double, seed: UInt64) {
        self.type = type
        self.deviation = Float(deviation)
        random = RandomSource(seed: seed)
    }

    /// Fills `bytes`, a whole number of blocks.
    mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        if let quants = Self.quants[type], type == .mxfp4 {
            fillPowers(bytes, quants)
        } else if let quants = Self.quants[type] {
            fillBlocks(bytes, quants)
        } else if type == .f32 {
            fill(bytes, as: UInt32.self) { $0.bitPattern }
        } else if type == .f16 {
            fill(bytes, as: UInt16.self) { $0.halfBits }
        } else {
            require(type == .bf16, "RandomBlocks", type.name)
            fill(bytes, as: UInt16.self) { UInt16(truncatingIfNeeded: ($0.bitPattern &+ 0x8000) >> 16) }
        }
    }

    /// Plain elements: four from each random word, 16 bits of randomness each.
    private mutating func fill<Bits: FixedWidthInteger>(
        _ bytes: UnsafeMutableRawBufferPointer, as: Bits.Type, _ encode: (Float) -> Bits
    ) {
        // Evenly from −half to half: the standard deviation is half / √3.
        let step = deviation * Float(3).squareRoot() / 32768
        let elements = bytes.bindMemory(to: Bits.self)
        var word: UInt64 = 0
        for index in elements.indices {
            if index & 3 == 0 { word = random.next() }
            // Odd multiples of half a step, so that the mean is 0.
            let integer = Float(Int16(truncatingIfNeeded: word)) + 0.5
            elements[index] = encode(integer * step)
            word >>= 16
        }
    }

    /// Blocks of random bits behind a scale and perhaps a minimum of −mean · scale.
    private mutating func fillBlocks(_ bytes: UnsafeMutableRawBufferPointer, _ quants: Quants) {
        fillWords(bytes)
        // Scales vary by a quarter up and down, which adds 1/48 to their mean square.
        let unit = deviation / (quants.meanSquare * (1 + 1 / 48)).squareRoot()
        let offset = Self.offsets[type] ?? 0
        for block in stride(from: 0, to: bytes.count, by: type.blockByteCount) {
            fillScales(UnsafeMutableRawBufferPointer(rebasing: bytes[block..<block + type.blockByteCount]))
            let start = block + offset
            let bits = bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self)
            var scale = unit * (0.75 + 0.5 * Float(bits & 0x7FFF) / 32768)
            if quants.mean == nil, bits & 0x8000 != 0 { scale = -scale }
            let half = scale.halfBits
            bytes.storeBytes(of: half, toByteOffset: start, as: UInt16.self)
            guard let mean = quants.mean else { continue }
            // Of K types it is subtracted.
            let minimum = type.blockElementCount == 256 ? mean * scale : -mean * scale
            bytes.storeBytes(of: minimum.halfBits, toByteOffset: start + 2, as: UInt16.self)
        }
    }

    /// Blocks of random bits behind one of two neighbouring powers of two, which in the mean of squares are as wanted.
    private mutating func fillPowers(_ bytes: UnsafeMutableRawBufferPointer, _ quants: Quants) {
        fillWords(bytes)
        let square = deviation * deviation / quants.meanSquare
        // Squares of powers: 4ⁿ ≤ square < 4ⁿ⁺¹.
        let lower = Int(square.exponent) >> 1
        let upperShare = (square / Float(sign: .plus, exponent: 2 * lower, significand: 1) - 1) / 3
        for block in stride(from: 0, to: bytes.count, by: type.blockByteCount) {
            let isUpper = Float(random.next() >> 40) * 0x1p-24 < upperShare
            bytes[block] = UInt8(clamping: 128 + lower + (isUpper ? 1 : 0))
        }
    }

    /// The scales of parts of a block, from the random bits that are there: none is small, and each minimum is its scale.
    private func fillScales(_ block: UnsafeMutableRawBufferPointer) {
        switch type {
        case .q2_K:
            for index in 0..<16 { block[index] = (block[index] & 15 | 8) * 17 }
        case .q4_K, .q5_K:
            for index in 4..<8 {
                // Scale and minimum index − 4; then index: its low four bits twice, its upper two above those two.
                let (low, high) = (block[index] & 31 | 32, block[index + 8] & 31 | 32)
                block[index] = low | (high >> 4) << 6
                block[index + 4] = block[index]
                block[index + 8] = (high & 15) * 17
            }
        case .q6_K:
            for index in 192..<208 {
                let scale = Int8(bitPattern: block[index] & 63 | 64)
                block[index] = UInt8(bitPattern: block[index] & 128 == 0 ? scale : -scale)
            }
        // Less 32; the upper two bits are equal.
        case .q3_K:
            for index in 104..<108 { block[index] = (block[index] & 0x55) * 3 }
        case .iq4_XS:
            for index in 2..<4 { block[index] = (block[index] & 0x55) * 3 }
        default: break
        }
    }

    private mutating func fillWords(_ bytes: UnsafeMutableRawBufferPointer) {
        var position = 0
        while position + 8 <= bytes.count {
            bytes.storeBytes(of: random.next(), toByteOffset: position, as: UInt64.self)
            position += 8
        }
        guard position < bytes.count else { return }
        withUnsafeBytes(of: random.next()) {
            bytes[position...].copyBytes(from: $0.prefix(bytes.count - position))
        }
    }
}
