package import LlamaradaDevice
package import LlamaradaTensors

/// A weight matrix (rows, columns) in device memory, in the layout of `WeightLayout`.
///
/// A matrix larger than a binding or an allocation may be is held as several shards of whole rows; operations dispatch
/// once a shard.
package struct WeightMatrix {
    /// Some rows of the matrix in one buffer.
    package struct Shard {
        package var firstRow: Int
        package var layout: WeightLayout
        package var words: View<UInt32>

        package var rows: Int { layout.rows }
        var highPlane: UInt32 { UInt32(layout.highOffset / 4) }
        var scalePlane: UInt32 { UInt32(layout.scaleOffset / 4) }
    }

    package let elementType: ElementType
    package let rows: Int
    package let columns: Int
    package let shards: [Shard]

    /// Bytes in device memory.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.layout.byteCount } }

    /// Allocates the matrix and fills it through the staging ring.
    ///
    /// - Parameters:
    ///   - shardByteCount: bytes that a shard may take where that is less than the device allows.
    ///   - allocate: gives room for a shard of `count` words; nil allocates a buffer for each.
    ///   - read: writes rows `range` as the file holds them.
    package init(
        _ elementType: ElementType, rows: Int, columns: Int, name: String, on device: Device, staging: StagingRing,
        shardByteCount: Int = .max, allocate: ((_ count: Int) throws -> View<UInt32>)? = nil,
        read: (Range<Int>, UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        self.elementType = elementType
        self.rows = rows
        self.columns = columns
        let ranges = try Self.partition(
            elementType, rows: rows, columns: columns, name: name, on: device, shardByteCount: shardByteCount)
        shards = try ranges.map { range in
            let layout = WeightLayout(elementType, rows: range.count, columns: columns)
            let count = layout.byteCount / 4
            let words = try allocate?(count) ?? device.allocate(UInt32.self, count: count, name: name)
            return Shard(firstRow: range.lowerBound, layout: layout, words: words)
        }
        for shard in shards { try Self.fill(shard, staging, read) }
    }

    /// Bytes that `init` will allocate, for plans before anything is allocated.
    package static func byteCount(_ elementType: ElementType, rows: Int, columns: Int) -> Int {
        WeightLayout(elementType, rows: rows, columns: columns).byteCount
    }

    /// Row ranges that fit one binding and one allocation each.
    ///
    /// Shards start at multiples of 64 rows: then products of a later shard start at a multiple of 256 bytes, the most
    /// that a device may demand of a binding's offset.
    static func partition(
        _ elementType: ElementType, rows: Int, columns: Int, name: String, on device: Device, shardByteCount: Int = .max
    ) throws(DeviceError) -> [Range<Int>] {
        let limit = min(
            UInt64(shardByteCount), UInt64(device.description.maxStorageBufferRange),
            device.description.maxAllocationByteCount)
        let unit = 2 * WeightLayout.tileRows
        let unitByteCount = WeightLayout(elementType, rows: unit, columns: columns).byteCount
        let unitsPerShard = Int(limit) / unitByteCount
        guard unitsPerShard > 0 else {
            throw DeviceError(
                .unsupported,
                "\(name): \(unit) rows of \(columns) columns take \(unitByteCount) bytes; the device binds at most \(limit)."
            )
        }
        return stride(from: 0, to: rows, by: unitsPerShard * unit).map { $0..<min(rows, $0 + unitsPerShard * unit) }
    }

    /// Uploads a shard, as many tiles at a time as a staging slot holds.
    private static func fill(
        _ shard: Shard, _ staging: StagingRing, _ read: (Range<Int>, UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        let layout = shard.layout
        let batch = max(1, staging.slotByteCount / max(1, layout.tileChunkByteCount))
        let scratch = TileScratch(layout, tiles: min(batch, layout.tiles))
        for firstTile in stride(from: 0, to: layout.tiles, by: batch) {
            let tiles = min(batch, layout.tiles - firstTile)
            let firstRow = firstTile * WeightLayout.tileRows
            let rows = min(layout.rows - firstRow, tiles * WeightLayout.tileRows)
            let source = scratch.rows(rows)
            try read(shard.firstRow + firstRow..<shard.firstRow + firstRow + rows, source)
            scratch.pack(source, rows: rows, tiles: tiles)
            let planes = [
                (0, layout.tileChunkByteCount, scratch.chunks),
                (layout.highOffset, layout.tileHighByteCount, scratch.high),
                (layout.scaleOffset, layout.tileScaleByteCount, scratch.scales),
            ]
            for (offset, tileByteCount, bytes) in planes where tileByteCount > 0 {
                let target = View<UInt8>(shard.words.view)
                let start = offset + firstTile * tileByteCount
                try upload(
                    UnsafeRawBufferPointer(rebasing: bytes[..<(tiles * tileByteCount)]),
                    to: target[start..<start + tiles * tileByteCount], staging)
            }
        }
    }

    private static func upload(
        _ bytes: UnsafeRawBufferPointer, to target: View<UInt8>, _ staging: StagingRing
    ) throws {
        for start in stride(from: 0, to: bytes.count, by: staging.slotByteCount) {
            let end = min(bytes.count, start + staging.slotByteCount)
            try staging.upload(to: target[start..<end].view) { slot in
                slot.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
        }
    }
}

/// Host memory for re-laying a batch of tiles, freed with the last reference.
private final class TileScratch {
    private let layout: WeightLayout
    private let source: UnsafeMutableRawBufferPointer
    let chunks: UnsafeMutableRawBufferPointer
    let high: UnsafeMutableRawBufferPointer
    let scales: UnsafeMutableRawBufferPointer

    init(_ layout: WeightLayout, tiles: Int) {
        func allocate(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
            .allocate(byteCount: byteCount, alignment: 64)
        }
        self.layout = layout
        let rowByteCount = layout.elementType.byteCount(elementCount: layout.columns) ?? 0
        source = allocate(tiles * WeightLayout.tileRows * rowByteCount)
        chunks = allocate(tiles * layout.tileChunkByteCount)
        high = allocate(tiles * layout.tileHighByteCount)
        scales = allocate(tiles * layout.tileScaleByteCount)
    }

    deinit { [source, chunks, high, scales].forEach { $0.deallocate() } }

    /// Room for `count` rows as the file holds them.
    func rows(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let rowByteCount = layout.elementType.byteCount(elementCount: layout.columns) ?? 0
        return UnsafeMutableRawBufferPointer(rebasing: source[..<(count * rowByteCount)])
    }

    func pack(_ source: UnsafeMutableRawBufferPointer, rows: Int, tiles: Int) {
        let rowByteCount = rows == 0 ? 0 : source.count / rows
        for tile in 0..<tiles {
            let first = tile * WeightLayout.tileRows
            let count = min(WeightLayout.tileRows, rows - first)
            layout.pack(
                UnsafeRawBufferPointer(rebasing: source[(first * rowByteCount)..<((first + count) * rowByteCount)]),
                rowCount: count, chunks: part(chunks, tile, layout.tileChunkByteCount),
                high: part(high, tile, layout.tileHighByteCount), scales: part(scales, tile, layout.tileScaleByteCount))
        }
    }

    private func part(
        _ plane: UnsafeMutableRawBufferPointer, _ tile: Int, _ byteCount: Int
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: plane[(tile * byteCount)..<((tile + 1) * byteCount)])
    }
}
