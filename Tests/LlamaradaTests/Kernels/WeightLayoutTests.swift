import Llamarada
import LlamaradaLab
import LlamaradaTensors
import Testing

/// A matrix packed for the device and read again as its documentation says gives the file's values.
@Suite struct WeightLayoutTests {
    private static let shapes = [(1, 32), (31, 64), (32, 32), (33, 96), (65, 288)]
    private static let longShapes = [(1, 256), (31, 512), (32, 256), (33, 768)]
    private static let oddShapes = [(1, 1), (31, 33), (32, 7), (33, 31), (64, 257), (65, 255)]

    @Test(arguments: ElementType.allCases) func unpacksToTheFilesValues(_ type: ElementType) throws {
        var random = CheckRandom(seed: UInt64(type.rawValue))
        let shapes = type.blockElementCount > 32 ? Self.longShapes : Self.shapes
        for (rows, columns) in shapes + (type.blockElementCount == 1 ? Self.oddShapes : []) {
            let source = random.weights(type, rows: rows, columns: columns, .edges)
            let packed = PackedMatrix(source)
            var expected = [Float](repeating: 0, count: rows * columns)
            expected.withUnsafeMutableBufferPointer { source.dequantize(0..<rows, into: $0) }
            for row in 0..<rows {
                let differing = (0..<columns).first { packed.value(row, $0) != expected[row * columns + $0] }
                #expect(differing == nil, "(\(rows), \(columns)), row \(row)")
            }
            // What the matrix lacks to whole tiles and blocks is zero, so that nothing strange enters a sum.
            for row in 0..<packed.layout.tiles * WeightLayout.tileRows {
                let end = packed.layout.blocks * packed.layout.packing.blockWeights
                let padding = row < rows ? columns..<end : 0..<end
                #expect(
                    padding.allSatisfy { packed.value(row, $0) == 0 }, "(\(rows), \(columns)), padding of row \(row)")
            }
        }
    }

    @Test func sizes() {
        let q4 = WeightLayout(.q4_0, rows: 33, columns: 64)
        #expect((q4.tiles, q4.blocks) == (2, 2))
        #expect(q4.planeOffsets == [0, 2048] && q4.byteCount == 2048 + 256)
        let q5 = WeightLayout(.q5_1, rows: 32, columns: 32)
        #expect(q5.planeOffsets == [0, 512, 512 + 128] && q5.byteCount == 512 + 128 + 128)
        #expect(WeightLayout(.f32, rows: 1, columns: 5).byteCount == 2 * 512)
        #expect(WeightLayout(.q8_0, rows: 32, columns: 32).byteCount == 1024 + 64)
        let q6 = WeightLayout(.q6_K, rows: 32, columns: 256)
        #expect(q6.planeOffsets == [0, 32 * 128, 32 * 192, 32 * 208] && q6.byteCount == 32 * 210)
    }

    /// Every byte of a block goes to one place, and kernels have a push constant for every plane.
    @Test(arguments: ElementType.allCases) func planesShareTheBlock(_ type: ElementType) {
        let packing = WeightPacking(type)
        #expect(packing.planes.count <= 4)
        let bytes = packing.planes.reduce(0) { $0 + $1.byteCount * packing.blockWeights / $1.weights }
        #expect(bytes == packing.blockByteCount)
        for plane in packing.planes {
            #expect(packing.blockWeights % plane.weights == 0 && plane.weights % packing.stepColumns == 0)
        }
    }

    /// What device memory holds for pseudo-random files, as hashes of 2026-11: a layout that changes must mean to.
    @Test(arguments: ElementType.allCases) func bytesStay(_ type: ElementType) {
        let hashes: [ElementType: UInt64] = [
            .f32: 0x740E_6FF7_D900_B462, .f16: 0x901F_DF86_4F07_2F7B, .q4_0: 0x9AE4_E945_0FF7_138E,
            .q4_1: 0xE01D_4E03_EB80_C706, .q5_0: 0x146A_00A1_0AE5_F2BF, .q5_1: 0xBE1E_FFD3_3496_1E15,
            .q8_0: 0x83EF_CF8E_56B8_1B21, .q4_K: 0x915F_6E8B_1E2A_1B54, .q6_K: 0xBD20_F7F8_26A5_9554,
            .bf16: 0x94FC_DBA9_2AB3_C8E9,
            .q2_K: 0xEE55_7715_4F17_E7FE, .q3_K: 0x212E_790C_B98A_13C3, .q5_K: 0x9801_670B_0A56_0562,
            .iq4_NL: 0x86F5_39C7_E92D_EE26, .iq4_XS: 0x8B04_1F53_D691_9997, .mxfp4: 0x7A1B_066D_F58C_B588,
        ]
        let shapes = [
            1: [(1, 32), (33, 96), (65, 288), (31, 33), (64, 257)], 32: [(1, 32), (33, 96), (65, 288)],
            256: [(1, 256), (33, 512), (65, 256)],
        ][type.blockElementCount, default: []]
        let hash = shapes.reduce(UInt64(0)) { hash, shape in
            let byteCount = shape.0 * shape.1 / type.blockElementCount * type.blockByteCount
            var state = UInt64(type.rawValue)
            let bytes = (0..<byteCount).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            let packed = PackedMatrix(QuantizedRows(rows: shape.0, columns: shape.1, elementType: type, bytes: bytes))
            let fnv = packed.bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            return hash &* 31 &+ fnv
        }
        #expect(hash == hashes[type])
    }
}
