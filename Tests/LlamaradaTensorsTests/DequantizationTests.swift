import Foundation
import LlamaradaTensors
import TestSupport
import Testing

@Suite struct DequantizationTests {
    @Test(arguments: ElementType.allCases)
    func randomBlocksHaveTheValuesOfTheFormula(_ type: ElementType) throws {
        var generator = SplitMix(seed: UInt64(type.rawValue))
        let elementCount = 256 * 33
        let bytes = try (0..<#require(type.byteCount(elementCount: elementCount))).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        expectFormula(type, bytes, elementCount)
    }

    /// Scales and minima that decoders get wrong: subnormal, signed zero, infinite, NaN, the largest.
    @Test(arguments: [
        ElementType.q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL, .iq4_XS,
    ])
    func extremeScalesHaveTheValuesOfTheFormula(_ type: ElementType) {
        let halves: [UInt16] = [
            0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0x3C00,
        ]
        let starts: [ElementType: Int] = [.q2_K: 80, .q3_K: 108, .q6_K: 208]
        var generator = SplitMix(seed: 7)
        for scale in halves {
            for minimum in halves {
                var block = (0..<type.blockByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                let start = starts[type] ?? 0
                block.replaceSubrange(start..<start + 2, with: RawGGUF.number(scale))
                if [.q4_1, .q5_1, .q2_K, .q4_K, .q5_K].contains(type) {
                    block.replaceSubrange(start + 2..<start + 4, with: RawGGUF.number(minimum))
                }
                expectFormula(type, block, type.blockElementCount)
            }
        }
    }

    /// Every file in Fixtures/blocks: random blocks, and what the `gguf` package decodes them to.
    @Test(arguments: try BlockFixture.all()) func blocksHaveTheValuesOfAnotherDecoder(_ fixture: BlockFixture) throws {
        let elements = decode(fixture.type, fixture.blocks)
        #expect(elements.count == fixture.values.count)
        let differing = elements.indices.first { index in
            let (found, expected) = (elements[index], fixture.values[index])
            return found.bitPattern != expected.bitPattern && !(found.isNaN && expected.isNaN)
        }
        #expect(differing == nil)
    }

    @Test(arguments: [ElementType.f16, .bf16])
    func everySixteenBitNumberHasItsValue(_ type: ElementType) {
        expectFormula(type, (0...UInt16.max).flatMap { RawGGUF.number($0) }, 65_536)
    }

    @Test func signsOfZeroAndInfinitiesStay() {
        #expect(decode(.f16, [0x00, 0x80])[0].sign == .minus)
        #expect(decode(.f16, [0x01, 0x00]) == [0x1p-24])
        #expect(decode(.f16, [0x00, 0x7C, 0x00, 0xFC]) == [.infinity, -.infinity])
        #expect(decode(.bf16, [0x80, 0xFF]) == [-.infinity])
        // -1 times the level 0 is -0, as the formula has it.
        #expect(decode(.q8_0, [0x00, 0xBC] + [UInt8](repeating: 0, count: 32)).allSatisfy { $0.sign == .minus })
    }

    @Test func sizesAreThoseOfTheFormats() {
        let sizes = ElementType.allCases.map {
            "\($0) \($0.blockElementCount) \($0.blockByteCount) \($0.bitsPerElement)"
        }
        #expect(
            sizes == [
                "F32 1 4 32.0", "F16 1 2 16.0", "Q4_0 32 18 4.5", "Q4_1 32 20 5.0", "Q5_0 32 22 5.5", "Q5_1 32 24 6.0",
                "Q8_0 32 34 8.5", "Q2_K 256 84 2.625", "Q3_K 256 110 3.4375", "Q4_K 256 144 4.5", "Q5_K 256 176 5.5",
                "Q6_K 256 210 6.5625", "IQ4_NL 32 18 4.5", "IQ4_XS 256 136 4.25", "BF16 1 2 16.0", "MXFP4 32 17 4.25",
            ])
        #expect(ElementType.q4_0.byteCount(elementCount: 64) == 36)
        #expect(ElementType.q4_0.byteCount(elementCount: 33) == nil)
        #expect(ElementType.f32.byteCount(elementCount: .max / 2) == nil)
        #expect(ElementType.f32.byteCount(elementCount: -4) == nil)
    }

    /// Decodes from an odd address, because a file's tensors are aligned to nothing once they are split.
    private func decode(_ type: ElementType, _ bytes: [UInt8]) -> [Float] {
        let count = bytes.count / type.blockByteCount * type.blockElementCount
        var elements = [Float](repeating: .nan, count: count)
        ([0] + bytes).withUnsafeBytes { shifted in
            elements.withUnsafeMutableBufferPointer {
                type.dequantize(UnsafeRawBufferPointer(rebasing: shifted[1...]), into: $0)
            }
        }
        return elements
    }

    private func expectFormula(_ type: ElementType, _ bytes: [UInt8], _ elementCount: Int) {
        let elements = decode(type, bytes)
        #expect(elements.count == elementCount)
        for (index, element) in elements.enumerated() {
            let expected = Float(formula(type, bytes, index))
            let same = element.bitPattern == expected.bitPattern || (element.isNaN && expected.isNaN)
            if !same { Issue.record("\(type) element \(index): expected \(expected), found \(element)") }
        }
    }
}

/// One element by the textbook, in binary64, where every product and sum here is exact.
private func formula(_ type: ElementType, _ bytes: [UInt8], _ index: Int) -> Double {
    let block = bytes[(index / type.blockElementCount * type.blockByteCount)...].prefix(type.blockByteCount)
    let first = block.startIndex
    let lane = index % type.blockElementCount
    func half(_ offset: Int) -> Double {
        Double(Float16(bitPattern: UInt16(block[first + offset]) | UInt16(block[first + offset + 1]) << 8))
    }
    func nibble(_ offset: Int) -> Double { Double(block[first + offset + lane % 16] >> (lane < 16 ? 0 : 4) & 15) }
    func highBit(_ offset: Int) -> Double { Double(block[first + offset + lane / 8] >> (lane % 8) & 1) }
    switch type {
    case .f32:
        return Double(Float(bitPattern: block.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
    case .f16: return half(0)
    case .bf16: return Double(Float(bitPattern: UInt32(block[first]) << 16 | UInt32(block[first + 1]) << 24))
    case .q4_0: return half(0) * (nibble(2) - 8)
    case .q4_1: return half(0) * nibble(4) + half(2)
    case .q5_0: return half(0) * (nibble(6) + 16 * highBit(2) - 16)
    case .q5_1: return half(0) * (nibble(8) + 16 * highBit(4)) + half(2)
    case .q8_0: return half(0) * Double(Int8(bitPattern: block[first + 2 + lane]))
    case .q2_K:
        let both = block[first + lane / 16]
        let pair = block[first + 16 + lane / 128 * 32 + lane % 32] >> UInt8(lane % 128 / 32 * 2) & 3
        return half(80) * Double(both & 15) * Double(pair) - half(82) * Double(both >> 4)
    case .q3_K:
        let part = lane / 16
        let low = block[first + 96 + part % 8] >> (part < 8 ? 0 : 4) & 15
        let upper = block[first + 104 + part % 4] >> UInt8(part / 4 * 2) & 3
        let pair = block[first + 32 + lane / 128 * 32 + lane % 32] >> UInt8(lane % 128 / 32 * 2) & 3
        let third = block[first + lane % 32] >> UInt8(lane / 32) & 1
        return half(108) * (Double(low | upper << 4) - 32) * (Double(pair | third << 2) - 4)
    case .q4_K, .q5_K:
        // Scale and minimum of 32 elements; of the last four, two bits lie with the first four.
        let (part, packed) = (lane / 32, Array(block.dropFirst(4).prefix(12)))
        let scale = part < 4 ? packed[part] & 63 : packed[part + 4] & 15 | (packed[part - 4] >> 6) << 4
        let minimum = part < 4 ? packed[part + 4] & 63 : packed[part + 4] >> 4 | (packed[part] >> 6) << 4
        let byte = block[first + (type == .q4_K ? 16 : 48) + lane / 64 * 32 + lane % 32]
        let fifth = type == .q4_K ? 0 : block[first + 16 + lane % 32] >> UInt8(part) & 1
        let quant = byte >> (part % 2 == 0 ? 0 : 4) & 15 | fifth << 4
        return half(0) * Double(scale) * Double(quant) - half(2) * Double(minimum)
    case .q6_K:
        let (part, within) = (lane / 128, lane % 128)
        let low = block[first + 64 * part + within % 64] >> (within < 64 ? 0 : 4) & 15
        let high = block[first + 128 + 32 * part + within % 32] >> UInt8(within / 32 * 2) & 3
        let scale = Int8(bitPattern: block[first + 192 + lane / 16])
        return half(208) * Double(scale) * Double(Int(low | high << 4) - 32)
    case .iq4_NL: return half(0) * unevenLevels[Int(nibble(2))]
    case .iq4_XS:
        let part = lane / 32
        let low = block[first + 4 + part / 2] >> (part % 2 == 0 ? 0 : 4) & 15
        let upper = block[first + 2 + part / 4] >> UInt8(part % 4 * 2) & 3
        let byte = block[first + 8 + 16 * part + lane % 16]
        let level = unevenLevels[Int(byte >> (lane % 32 < 16 ? 0 : 4) & 15)]
        return half(0) * (Double(low | upper << 4) - 32) * level
    case .mxfp4:
        let quant = Int(nibble(1))
        let magnitude = [0, 0.5, 1, 1.5, 2, 3, 4, 6][quant % 8]
        // The standard's NaN is a power here.
        let power = Double(sign: .plus, exponent: Int(block[first]) - 127, significand: 1)
        return quant > 8 ? -magnitude * power : magnitude * power
    }
}

/// What the nibbles of IQ4_NL and IQ4_XS stand for.
private let unevenLevels: [Double] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]

/// Blocks of one type, and their elements.
struct BlockFixture: Sendable, CustomStringConvertible {
    let type: ElementType
    let blocks: [UInt8]
    let values: [Float]

    var description: String { type.name }

    static func all() throws -> [BlockFixture] {
        let folder = ModelFixture.folder.appending(path: "blocks")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "blocks" }.map { file in
            let name = file.deletingPathExtension().lastPathComponent.uppercased()
            let values = [UInt8](try Data(contentsOf: file.deletingPathExtension().appendingPathExtension("f32")))
            return BlockFixture(
                type: try #require(ElementType.allCases.first { $0.name == name }, "no type \(name)"),
                blocks: [UInt8](try Data(contentsOf: file)),
                values: values.withUnsafeBytes { bytes in
                    stride(from: 0, to: bytes.count, by: 4).map {
                        bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
                    }
                })
        }
    }
}
