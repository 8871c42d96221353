import Llamarada
import LlamaradaTensors

/// The device's bytes of a matrix, read as `Include/Weights.glsl` reads them.
struct PackedMatrix {
    let layout: WeightLayout
    private(set) var bytes: [UInt8]

    init(_ source: QuantizedRows) {
        let layout = WeightLayout(source.elementType, rows: source.rows, columns: source.columns)
        // Not zero, so that what pack leaves out shows.
        var bytes = [UInt8](repeating: 0xA5, count: layout.byteCount)
        let rowByteCount = source.bytes.count / source.rows
        source.bytes.withUnsafeBytes { file in
            bytes.withUnsafeMutableBytes { bytes in
                for tile in 0..<layout.tiles {
                    let rows = tile * 32..<min(layout.rows, (tile + 1) * 32)
                    layout.pack(
                        UnsafeRawBufferPointer(
                            rebasing: file[rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount]),
                        rowCount: rows.count,
                        into: zip(layout.planeOffsets, layout.tileByteCounts).map { offset, count in
                            UnsafeMutableRawBufferPointer(
                                rebasing: bytes[offset + tile * count..<offset + (tile + 1) * count])
                        })
                }
            }
        }
        self.layout = layout
        self.bytes = bytes
    }

    func value(_ row: Int, _ column: Int) -> Float {
        switch layout.elementType {
        case .f32, .f16, .bf16: plain(row, column)
        case .q8_0: half(entry(1, row, column)) * Float(Int8(bitPattern: bytes[chunk(row, column)]))
        case .q4_0: half(entry(1, row, column)) * Float(nibble(row, column) - 8)
        case .q4_1: half(entry(1, row, column)) * Float(nibble(row, column)) + half(entry(1, row, column) + 2)
        case .q5_0: half(entry(2, row, column)) * Float(nibble(row, column) + fifthBit(row, column) - 16)
        case .q5_1:
            half(entry(2, row, column)) * Float(nibble(row, column) + fifthBit(row, column))
                + half(entry(2, row, column) + 2)
        case .q2_K: q2K(row, column)
        case .q3_K: q3K(row, column)
        case .q4_K: q4K(row, column)
        case .q5_K: q5K(row, column)
        case .q6_K: q6K(row, column)
        case .iq4_NL: half(entry(1, row, column)) * Self.levels[nibble(row, column)]
        case .iq4_XS: iq4XS(row, column)
        case .mxfp4:
            Float(sign: .plus, exponent: Int(bytes[entry(1, row, column)]) - 128, significand: 1)
                * Self.floats[nibble(row, column)]
        }
    }

    /// Where a plane has what is about a weight: the first load of its period.
    private func entry(_ plane: Int, _ row: Int, _ column: Int) -> Int {
        let plane = (layout.packing.planes[plane], layout.planeOffsets[plane])
        let periods = layout.blocks * layout.packing.blockWeights / plane.0.weights
        let period = row / 32 * periods + column / plane.0.weights
        return plane.1 + period * plane.0.byteCount * 32 + row % 32 * plane.0.loadByteCount
    }

    /// The byte of a weight of Q8_0.
    private func chunk(_ row: Int, _ column: Int) -> Int {
        entry(0, row, column) + column % 32 / 16 * 512 + column % 16
    }

    private func nibble(_ row: Int, _ column: Int) -> Int {
        Int(bytes[entry(0, row, column) + column % 16] >> (column % 32 < 16 ? 0 : 4)) & 15
    }

    private func fifthBit(_ row: Int, _ column: Int) -> Int {
        Int((load(entry(1, row, column)) as UInt32) >> UInt32(column % 32) & 1) << 4
    }

    private func plain(_ row: Int, _ column: Int) -> Float {
        let size = layout.elementType.blockByteCount
        let place = entry(0, row, column) + column % layout.packing.blockWeights * size
        return switch layout.elementType {
        case .f32: Float(bitPattern: load(place))
        case .f16: half(place)
        default: Float(bitPattern: UInt32(load(place) as UInt16) << 16)
        }
    }

    private static let levels: [Float] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
    private static let floats: [Float] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]

    /// The step of a column and its run, where a step is four runs of 16 columns, 32 apart.
    private func stepAndRun(_ column: Int) -> (step: Int, run: Int) {
        (column / 128 * 2 + column % 32 / 16, column % 128 / 32)
    }

    private func q2K(_ row: Int, _ column: Int) -> Float {
        let (step, run) = stepAndRun(column)
        let pair = bytes[entry(0, row, 64 * step) + column % 16] >> UInt8(2 * run) & 3
        let both = bytes[entry(1, row, 64 * step) + run]
        let factors = entry(2, row, column)
        return half(factors) * Float(both & 15) * Float(pair) - half(factors + 2) * Float(both >> 4)
    }

    private func q3K(_ row: Int, _ column: Int) -> Float {
        let ((step, run), part) = (stepAndRun(column), column % 256 / 16)
        let pair = bytes[entry(0, row, 64 * step) + column % 16] >> UInt8(2 * run) & 3
        let packed = entry(2, row, column)
        let low = bytes[packed + part % 8] >> (part < 8 ? 0 : 4) & 15
        let upper = bytes[packed + 8 + part % 4] >> UInt8(part / 4 * 2) & 3
        return half(entry(3, row, column)) * (Float(low | upper << 4) - 32) * (Float(pair | bit(row, column) << 2) - 4)
    }

    /// One of the bits that Q3_K and Q5_K keep apart, of a byte each for eight weights.
    private func bit(_ row: Int, _ column: Int) -> UInt8 {
        bytes[entry(1, row, column) + column % 32 / 16 * 512 + column % 16] >> UInt8(column % 256 / 32) & 1
    }

    private func q5K(_ row: Int, _ column: Int) -> Float {
        let ((step, run), header) = (stepAndRun(column), entry(2, row, column))
        let byte = bytes[entry(0, row, 64 * step) + run / 2 * 512 + column % 16]
        let quant = byte >> (run % 2 == 0 ? 0 : 4) & 15 | bit(row, column) << 4
        let (scale, minimum) = scaleAndMinimum(header, column)
        return half(header) * Float(scale) * Float(quant) - half(header + 2) * Float(minimum)
    }

    private func iq4XS(_ row: Int, _ column: Int) -> Float {
        let (header, part) = (entry(1, row, column), column % 256 / 32)
        let low = bytes[header + 4 + part / 2] >> (part % 2 == 0 ? 0 : 4) & 15
        let upper = bytes[header + 2 + part / 4] >> UInt8(part % 4 * 2) & 3
        let byte = bytes[entry(0, row, column) + part % 2 * 512 + column % 16]
        return half(header) * (Float(low | upper << 4) - 32) * Self.levels[Int(byte >> (column % 32 < 16 ? 0 : 4) & 15)]
    }

    private func q4K(_ row: Int, _ column: Int) -> Float {
        let header = entry(1, row, column)
        let (scale, minimum) = scaleAndMinimum(header, column)
        let byte = bytes[entry(0, row, column) + column % 32 / 16 * 512 + column % 16]
        return half(header) * Float(scale) * Float(byte >> (column % 64 < 32 ? 0 : 4) & 15)
            - half(header + 2) * Float(minimum)
    }

    /// Of the twelve bytes behind both factors.
    private func scaleAndMinimum(_ header: Int, _ column: Int) -> (UInt8, UInt8) {
        let (part, packed) = (column % 256 / 32, header + 4)
        let scale =
            part < 4 ? bytes[packed + part] & 63 : bytes[packed + part + 4] & 15 | (bytes[packed + part - 4] >> 6) << 4
        let minimum =
            part < 4
            ? bytes[packed + part + 4] & 63 : bytes[packed + part + 4] >> 4 | (bytes[packed + part] >> 6) << 4
        return (scale, minimum)
    }

    /// A step is four runs of 16 columns, 32 apart.
    private func q6K(_ row: Int, _ column: Int) -> Float {
        let (run, step) = (column % 128 / 32, column / 128 * 2 + column % 32 / 16)
        let (at, lane) = (64 * step, column % 16)
        let low = bytes[entry(0, row, at) + run % 2 * 512 + lane] >> (run < 2 ? 0 : 4) & 15
        let high = bytes[entry(1, row, at) + lane] >> UInt8(2 * run) & 3
        let scale = Int8(bitPattern: bytes[entry(2, row, at) + run])
        return half(entry(3, row, at)) * Float(scale) * Float(Int(low | high << 4) - 32)
    }

    private func load<T: BitwiseCopyable>(_ offset: Int) -> T {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
    }
    private func half(_ offset: Int) -> Float { Float(Float16(bitPattern: load(offset))) }
}
