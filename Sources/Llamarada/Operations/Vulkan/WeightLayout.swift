package import LlamaradaTensors

/// How a weight matrix lies in device memory: the file's bits, in an order that lanes with neighbouring rows can load
/// side by side.
///
/// Rows are grouped in tiles of 32. The bytes of a row's blocks are dealt to planes, one behind the other, each with a
/// period of its own (`WeightPacking`): a plane is (tiles, periods, loads a period, 32 rows) of `loadByteCount` bytes.
///
/// Nothing is requantised. Missing rows of the last tile and missing columns of the last block are zero.
/// `Include/Weights.glsl` is the reading half.
package struct WeightLayout: Sendable, Equatable {
    package static let tileRows = 32
    /// Rows that are packed together: enough to fill the cache lines that are written, few enough that those which are
    /// read stay in a cache where rows are powers of two apart.
    private static let rowsTogether = 8

    package let elementType: ElementType
    package let rows: Int
    package let columns: Int
    package let packing: WeightPacking

    package init(_ elementType: ElementType, rows: Int, columns: Int) {
        self.elementType = elementType
        self.rows = rows
        self.columns = columns
        packing = WeightPacking(elementType)
    }

    package var tiles: Int { (rows + Self.tileRows - 1) / Self.tileRows }
    /// Blocks of a row.
    package var blocks: Int { (columns + packing.blockWeights - 1) / packing.blockWeights }
    /// Bytes of a row as the file holds it.
    package var rowByteCount: Int { elementType.byteCount(elementCount: columns) ?? 0 }

    /// Bytes of one tile in each plane.
    package var tileByteCounts: [Int] {
        packing.planes.map { $0.loads.count * $0.loadByteCount * blocks * Self.tileRows }
    }

    /// The first byte of each plane.
    package var planeOffsets: [Int] {
        var end = 0
        return tileByteCounts.map { count in
            defer { end += count * tiles }
            return end
        }
    }

    package var byteCount: Int { tileByteCounts.reduce(0, +) * tiles }

    /// Re-lays up to 32 rows of a file as one tile.
    ///
    /// - Parameters:
    ///   - source: `rowCount` rows as the file holds them.
    ///   - planes: the tile's part of each plane.
    package func pack(
        _ source: UnsafeRawBufferPointer, rowCount: Int, into planes: [UnsafeMutableRawBufferPointer]
    ) {
        precondition(
            rowCount <= Self.tileRows && source.count == rowCount * rowByteCount
                && planes.map(\.count) == tileByteCounts, "a tile of \(rowCount) rows")
        let isWhole = rowCount == Self.tileRows && columns % packing.blockWeights == 0
        for (plane, target) in zip(packing.planes, planes) {
            if !isWhole { target.initializeMemory(as: UInt8.self, repeating: 0) }
            guard let from = source.baseAddress, let to = target.baseAddress else { continue }
            switch plane.loadByteCount {
            case 1: pack(plane, as: UInt8.self, from, rowCount, to)
            case 2: pack(plane, as: UInt16.self, from, rowCount, to)
            case 4 where plane.loads.allSatisfy { $0.count == 1 }: pack(plane, as: UInt32.self, from, rowCount, to)
            case 8: pack(plane, as: UInt64.self, from, rowCount, to)
            case 12: pack(plane, as: ThreeWords.self, from, rowCount, to)
            case 16: pack(plane, as: SIMD16<UInt8>.self, from, rowCount, to)
            default: gather(plane, from, rowCount, to)
            }
        }
        if rowByteCount % packing.blockByteCount != 0 { packTails(source, rowCount, planes) }
    }

    private var wholeBlocks: Int { rowByteCount / packing.blockByteCount }

    /// Loads that are one piece of the file.
    private func pack<Load: BitwiseCopyable>(
        _ plane: WeightPlane, as: Load.Type, _ source: UnsafeRawPointer, _ rowCount: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        let (size, rowByteCount, blockByteCount) = (MemoryLayout<Load>.size, rowByteCount, packing.blockByteCount)
        let (blocks, loadCount) = (wholeBlocks, plane.loads.count)
        for first in stride(from: 0, to: rowCount, by: Self.rowsTogether) {
            let last = min(rowCount, first + Self.rowsTogether)
            for (load, pieces) in plane.loads.enumerated() {
                var from = source + pieces[0]
                var to = target + load * Self.tileRows * size
                for _ in 0..<blocks {
                    for row in first..<last {
                        let value = (from + row * rowByteCount).loadUnaligned(as: Load.self)
                        to.storeBytes(of: value, toByteOffset: row * size, as: Load.self)
                    }
                    from += blockByteCount
                    to += loadCount * Self.tileRows * size
                }
            }
        }
    }

    /// Loads of four single bytes from different places.
    private func gather(
        _ plane: WeightPlane, _ source: UnsafeRawPointer, _ rowCount: Int, _ target: UnsafeMutableRawPointer
    ) {
        let (blockByteCount, rowByteCount) = (packing.blockByteCount, rowByteCount)
        for (load, pieces) in plane.loads.enumerated() {
            precondition(pieces.count == 4, "\(elementType.name): loads of \(pieces.count) pieces")
            let offsets = SIMD4(pieces[0], pieces[1], pieces[2], pieces[3])
            for block in 0..<wholeBlocks {
                let to = target + (block * plane.loads.count + load) * Self.tileRows * 4
                var from = source + block * blockByteCount
                for row in 0..<rowCount {
                    func byte(_ index: Int) -> UInt8 { from.load(fromByteOffset: offsets[index], as: UInt8.self) }
                    let value = SIMD4(byte(0), byte(1), byte(2), byte(3))
                    to.storeBytes(of: value, toByteOffset: 4 * row, as: SIMD4<UInt8>.self)
                    from += rowByteCount
                }
            }
        }
    }

    /// The last block of rows of plain weights, where there is less than a whole one.
    private func packTails(
        _ source: UnsafeRawBufferPointer, _ rowCount: Int, _ planes: [UnsafeMutableRawBufferPointer]
    ) {
        let size = packing.blockByteCount
        for row in 0..<rowCount {
            let tail = source[(row * rowByteCount + wholeBlocks * size)..<((row + 1) * rowByteCount)]
            let place = (wholeBlocks * Self.tileRows + row) * size
            UnsafeMutableRawBufferPointer(rebasing: planes[0][place..<place + size]).copyBytes(from: tail)
        }
    }
}

/// Twelve bytes, aligned to four: what lies at a multiple of them.
private struct ThreeWords: BitwiseCopyable {
    var (first, second, third): (UInt32, UInt32, UInt32)
}
