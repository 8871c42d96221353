package import LlamaradaTensors

/// How a weight matrix lies in device memory: the file's bits, in an order that lanes with neighbouring rows can load
/// side by side.
///
/// Rows are grouped in tiles of 32; a row is cut in steps (one block of 32 weights, or 16 bytes of a plain type). The
/// matrix is three planes, one behind the other:
/// - chunks: (tiles, steps, chunks a step, 32 rows) of 16 bytes, the quantised values or the plain weights;
/// - high: (tiles, steps, 32 rows) of 4 bytes, the fifth bits of Q5 blocks;
/// - scales: (tiles, steps, 32 rows) of 2 bytes (f16 scale) or 4 (f16 scale and minimum).
///
/// Nothing is requantised. Missing rows of the last tile and missing columns of the last step are zero.
/// `Include/Weights.glsl` is the reading half.
package struct WeightLayout: Sendable, Equatable {
    package static let tileRows = 32
    private static let chunkByteCount = 16

    package let elementType: ElementType
    package let rows: Int
    package let columns: Int

    package init(_ elementType: ElementType, rows: Int, columns: Int) {
        self.elementType = elementType
        self.rows = rows
        self.columns = columns
    }

    /// Where the parts of a block lie in the file; nil for plain types.
    private struct Block {
        var scaleByteCount: Int
        var highOffset: Int?
        var quantsOffset: Int
    }

    private var block: Block? {
        switch elementType {
        case .f32, .f16, .bf16: nil
        case .q8_0, .q4_0: Block(scaleByteCount: 2, quantsOffset: 2)
        case .q4_1: Block(scaleByteCount: 4, quantsOffset: 4)
        case .q5_0: Block(scaleByteCount: 2, highOffset: 2, quantsOffset: 6)
        case .q5_1: Block(scaleByteCount: 4, highOffset: 4, quantsOffset: 8)
        }
    }

    /// Weights of one step.
    package var stepColumns: Int {
        block == nil ? Self.chunkByteCount / elementType.blockByteCount : elementType.blockElementCount
    }

    package var steps: Int { (columns + stepColumns - 1) / stepColumns }
    package var tiles: Int { (rows + Self.tileRows - 1) / Self.tileRows }
    private var chunksPerStep: Int { elementType == .q8_0 ? 2 : 1 }

    /// Bytes of one tile in each plane.
    package var tileChunkByteCount: Int { steps * chunksPerStep * Self.tileRows * Self.chunkByteCount }
    package var tileHighByteCount: Int { block?.highOffset == nil ? 0 : steps * Self.tileRows * 4 }
    package var tileScaleByteCount: Int { steps * Self.tileRows * (block?.scaleByteCount ?? 0) }

    /// First byte of the plane of fifth bits, and of scales.
    package var highOffset: Int { tiles * tileChunkByteCount }
    package var scaleOffset: Int { highOffset + tiles * tileHighByteCount }
    package var byteCount: Int { scaleOffset + tiles * tileScaleByteCount }

    /// Re-lays up to 32 rows of a file as one tile.
    ///
    /// - Parameters:
    ///   - source: `rowCount` rows as the file holds them.
    ///   - chunks: the tile's part of the chunk plane; likewise `high` and `scales`.
    package func pack(
        _ source: UnsafeRawBufferPointer, rowCount: Int, chunks: UnsafeMutableRawBufferPointer,
        high: UnsafeMutableRawBufferPointer, scales: UnsafeMutableRawBufferPointer
    ) {
        precondition(rowCount <= Self.tileRows && chunks.count == tileChunkByteCount, "a tile of \(rowCount) rows")
        let isWhole = rowCount == Self.tileRows && columns % stepColumns == 0
        if !isWhole {
            for plane in [chunks, high, scales] where !plane.isEmpty {
                plane.initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
        guard let from = source.baseAddress, let to = chunks.baseAddress else { return }
        if let block {
            packBlocks(block, from, rowCount, to, high.baseAddress, scales.baseAddress)
        } else {
            packPlain(from, rowCount, to)
        }
    }

    private func packBlocks(
        _ block: Block, _ source: UnsafeRawPointer, _ rowCount: Int, _ chunks: UnsafeMutableRawPointer,
        _ high: UnsafeMutableRawPointer?, _ scales: UnsafeMutableRawPointer?
    ) {
        let blockByteCount = elementType.blockByteCount
        for row in 0..<rowCount {
            for step in 0..<steps {
                let from = source + (row * steps + step) * blockByteCount
                let lane = step * Self.tileRows + row
                for chunk in 0..<chunksPerStep {
                    let value = (from + block.quantsOffset + 16 * chunk).loadUnaligned(as: SIMD16<UInt8>.self)
                    let at = (step * chunksPerStep + chunk) * Self.tileRows + row
                    (chunks + 16 * at).storeBytes(of: value, as: SIMD16<UInt8>.self)
                }
                if let high, let offset = block.highOffset {
                    (high + 4 * lane).storeBytes(of: (from + offset).loadUnaligned(as: UInt32.self), as: UInt32.self)
                }
                if block.scaleByteCount == 2 {
                    scales?.storeBytes(of: from.loadUnaligned(as: UInt16.self), toByteOffset: 2 * lane, as: UInt16.self)
                } else {
                    scales?.storeBytes(of: from.loadUnaligned(as: UInt32.self), toByteOffset: 4 * lane, as: UInt32.self)
                }
            }
        }
    }

    private func packPlain(_ source: UnsafeRawPointer, _ rowCount: Int, _ chunks: UnsafeMutableRawPointer) {
        let rowByteCount = columns * elementType.blockByteCount
        for row in 0..<rowCount {
            let from = source + row * rowByteCount
            for step in 0..<steps {
                let to = chunks + 16 * (step * Self.tileRows + row)
                let remaining = rowByteCount - 16 * step
                if remaining >= 16 {
                    to.storeBytes(of: (from + 16 * step).loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
                } else {
                    to.copyMemory(from: from + 16 * step, byteCount: remaining)
                }
            }
        }
    }
}
