import Llamarada
import LlamaradaLab
import LlamaradaTensors
import Testing

/// A matrix packed for the device and read again as its documentation says gives the file's values.
@Suite struct WeightLayoutTests {
    private static let shapes = [(1, 32), (31, 64), (32, 32), (33, 96), (65, 288)]
    private static let oddShapes = [(1, 1), (31, 33), (32, 7), (33, 31), (64, 257), (65, 255)]

    @Test(arguments: ElementType.allCases) func unpacksToTheFilesValues(_ type: ElementType) throws {
        var random = CheckRandom(seed: UInt64(type.rawValue))
        for (rows, columns) in Self.shapes + (type.blockElementCount == 1 ? Self.oddShapes : []) {
            let source = random.weights(type, rows: rows, columns: columns, .edges)
            let packed = Packed(source)
            var expected = [Float](repeating: 0, count: rows * columns)
            expected.withUnsafeMutableBufferPointer { source.dequantize(0..<rows, into: $0) }
            for row in 0..<rows {
                let differing = (0..<columns).first { packed.value(row, $0) != expected[row * columns + $0] }
                #expect(differing == nil, "(\(rows), \(columns)), row \(row)")
            }
            // What the matrix lacks to whole tiles and steps is zero, so that nothing strange enters a sum.
            for row in 0..<packed.layout.tiles * WeightLayout.tileRows {
                let end = packed.layout.steps * packed.layout.stepColumns
                let padding = row < rows ? columns..<end : 0..<end
                #expect(
                    padding.allSatisfy { packed.value(row, $0) == 0 }, "(\(rows), \(columns)), padding of row \(row)")
            }
        }
    }

    @Test func sizes() {
        let q4 = WeightLayout(.q4_0, rows: 33, columns: 64)
        #expect((q4.tiles, q4.steps) == (2, 2))
        #expect((q4.highOffset, q4.scaleOffset, q4.byteCount) == (2048, 2048, 2048 + 256))
        let q5 = WeightLayout(.q5_1, rows: 32, columns: 32)
        #expect((q5.highOffset, q5.scaleOffset, q5.byteCount) == (512, 512 + 128, 512 + 128 + 128))
        #expect(WeightLayout(.f32, rows: 1, columns: 5).byteCount == 2 * 512)
        #expect(WeightLayout(.q8_0, rows: 32, columns: 32).byteCount == 1024 + 64)
    }

    /// The device's bytes of a matrix, read as `Include/Weights.glsl` reads them.
    private struct Packed {
        let layout: WeightLayout
        private var bytes: [UInt8]

        init(_ source: QuantizedRows) {
            let layout = WeightLayout(source.elementType, rows: source.rows, columns: source.columns)
            // Not zero, so that what pack leaves out shows.
            var bytes = [UInt8](repeating: 0xA5, count: layout.byteCount)
            let rowByteCount = source.bytes.count / source.rows
            source.bytes.withUnsafeBytes { file in
                bytes.withUnsafeMutableBytes { bytes in
                    func part(_ offset: Int, _ tile: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
                        UnsafeMutableRawBufferPointer(
                            rebasing: bytes[offset + tile * count..<offset + (tile + 1) * count])
                    }
                    for tile in 0..<layout.tiles {
                        let rows = tile * 32..<min(layout.rows, (tile + 1) * 32)
                        layout.pack(
                            UnsafeRawBufferPointer(
                                rebasing: file[rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount]),
                            rowCount: rows.count, chunks: part(0, tile, layout.tileChunkByteCount),
                            high: part(layout.highOffset, tile, layout.tileHighByteCount),
                            scales: part(layout.scaleOffset, tile, layout.tileScaleByteCount))
                    }
                }
            }
            self.layout = layout
            self.bytes = bytes
        }

        func value(_ row: Int, _ column: Int) -> Float {
            let (step, at) = (column / layout.stepColumns, column % layout.stepColumns)
            // The place among (tiles, steps, 32 rows).
            let place = (row / 32 * layout.steps + step) * 32 + row % 32
            let nibble = Int(bytes[16 * place + at % 16] >> (at < 16 ? 0 : 4)) & 15
            switch layout.elementType {
            case .f32: return Float(bitPattern: load(16 * place + 4 * at))
            case .f16: return half(16 * place + 2 * at)
            case .bf16: return Float(bitPattern: UInt32(load(16 * place + 2 * at) as UInt16) << 16)
            case .q8_0:
                let chunk = (2 * (row / 32 * layout.steps + step) + at / 16) * 32 + row % 32
                return scale(place, 2) * Float(Int8(bitPattern: bytes[16 * chunk + at % 16]))
            case .q4_0: return scale(place, 2) * Float(nibble - 8)
            case .q4_1: return scale(place, 4) * Float(nibble) + minimum(place)
            case .q5_0: return scale(place, 2) * Float(nibble + fifthBit(place, at) - 16)
            case .q5_1: return scale(place, 4) * Float(nibble + fifthBit(place, at)) + minimum(place)
            }
        }

        private func load<T: BitwiseCopyable>(_ offset: Int) -> T {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
        }
        private func half(_ offset: Int) -> Float { Float(Float16(bitPattern: load(offset))) }
        private func scale(_ place: Int, _ stride: Int) -> Float { half(layout.scaleOffset + stride * place) }
        private func minimum(_ place: Int) -> Float { half(layout.scaleOffset + 4 * place + 2) }
        private func fifthBit(_ place: Int, _ at: Int) -> Int {
            Int((load(layout.highOffset + 4 * place) as UInt32) >> UInt32(at) & 1) << 4
        }
    }
}
