package import LlamaradaDevice
package import LlamaradaTensors
package import LlamaradaThreads

/// A weight matrix (rows, columns) in device memory, in the layout of `WeightLayout`.
///
/// A matrix larger than a binding or an allocation may be is held as several shards of whole rows; operations dispatch
/// once a shard. Matrices of the same columns and element type can be joined by rows (`WeightJoint`), so that one
/// dispatch multiplies all of them: then `parts` says where each one's rows are, and `part(_:)` is one of them.
package struct WeightMatrix {
    /// Some rows of the matrix in one buffer.
    package struct Shard {
        /// Which of the matrix's rows is the shard's first.
        package var firstRow: Int
        package var rows: Int
        package var layout: WeightLayout
        /// Rows of the layout before the shard's: those of matrices that this one is joined to.
        package var rowsBefore = 0
        package var words: View<UInt32>

        /// The first word of a plane; 0 where the type has no such plane.
        func firstWord(ofPlane index: Int) -> UInt32 {
            let offsets = layout.planeOffsets
            return index < offsets.count ? UInt32(offsets[index] / 4) : 0
        }
    }

    package let elementType: ElementType
    /// Rows of all parts, and of the gaps between them.
    package let rows: Int
    package let columns: Int
    package let shards: [Shard]
    /// The rows of each matrix that was joined to this one; all rows where none was.
    package let parts: [Range<Int>]

    /// Bytes in device memory, of those that this one is joined to as well.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.layout.byteCount } }

    /// Rows that parts and shards start at multiples of: then their products start at a multiple of 256 bytes, the most
    /// that a device may demand of a binding's offset.
    static let rowUnit = 2 * WeightLayout.tileRows

    /// Allocates the matrix and fills it through the staging ring.
    ///
    /// - Parameters:
    ///   - team: reads and re-lays the rows.
    ///   - shardByteCount: bytes that a shard may take where that is less than the device allows.
    ///   - allocate: gives room for a shard of `count` words; nil allocates a buffer for each.
    ///   - filled: is told, on the caller's thread, up to which row the matrix is filled; what it throws ends that.
    ///   - read: writes rows `range` as the file holds them, on any thread of `team`.
    package init(
        _ elementType: ElementType, rows: Int, columns: Int, name: String, on device: Device, staging: StagingRing,
        team: ThreadTeam = .one, shardByteCount: Int = .max, allocate: ((_ count: Int) throws -> View<UInt32>)? = nil,
        filled: ((_ rows: Int) throws -> Void)? = nil,
        read: @escaping @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        try self.init(
            elementType, parts: [0..<rows], columns: columns, name: name, on: device, staging: staging, team: team,
            shardByteCount: shardByteCount, allocate: allocate, filled: filled, read: read)
    }

    /// Likewise, of parts with gaps between them, whose rows `read` fills with zeros.
    init(
        _ elementType: ElementType, parts: [Range<Int>], columns: Int, name: String, on device: Device,
        staging: StagingRing, team: ThreadTeam, shardByteCount: Int,
        allocate: ((_ count: Int) throws -> View<UInt32>)?, filled: ((_ rows: Int) throws -> Void)?,
        read: @escaping TileReader.Rows
    ) throws {
        try self.init(
            allocating: elementType, parts: parts, columns: columns, name: name, on: device,
            shardByteCount: shardByteCount, allocate: allocate)
        for shard in shards { try Self.fill(shard, staging, TileReader(shard, team: team, read: read), filled) }
    }

    /// The matrix in the shards that the device's limits ask for, not filled.
    private init(
        allocating elementType: ElementType, parts: [Range<Int>], columns: Int, name: String, on device: Device,
        shardByteCount: Int, allocate: ((_ count: Int) throws -> View<UInt32>)?
    ) throws {
        let rows = parts.last?.upperBound ?? 0
        self.elementType = elementType
        self.rows = rows
        self.columns = columns
        self.parts = parts
        let ranges = try Self.partition(
            elementType, rows: rows, columns: columns, name: name, on: device, shardByteCount: shardByteCount)
        shards = try ranges.map { range in
            let layout = WeightLayout(elementType, rows: range.count, columns: columns)
            let count = layout.byteCount / 4
            let words = try allocate?(count) ?? device.allocate(UInt32.self, count: count, name: name)
            return Shard(firstRow: range.lowerBound, rows: range.count, layout: layout, words: words)
        }
    }

    /// One of the matrices that are joined to this one.
    package func part(_ index: Int) -> WeightMatrix {
        precondition(shards.count == 1 && shards[0].rowsBefore == 0, "a part of \(shards.count) shards")
        var shard = shards[0]
        (shard.rows, shard.rowsBefore) = (parts[index].count, parts[index].lowerBound)
        return WeightMatrix(elementType: elementType, columns: columns, parts: [0..<shard.rows], shards: [shard])
    }

    private init(elementType: ElementType, columns: Int, parts: [Range<Int>], shards: [Shard]) {
        self.elementType = elementType
        rows = parts.last?.upperBound ?? 0
        self.columns = columns
        self.parts = parts
        self.shards = shards
    }

    /// A matrix, or several that are joined, which is never filled: for passes that are only compiled or counted.
    ///
    /// - Parameter rows: rows of each matrix.
    package init(
        outlining elementType: ElementType, joining rows: [Int], columns: Int, name: String, on device: Device,
        in placement: Buffer.Placement = .device
    ) throws(DeviceError) {
        do {
            try self.init(
                allocating: elementType, parts: Self.parts(joining: rows), columns: columns, name: name, on: device,
                shardByteCount: .max,
                allocate: { try device.allocate(UInt32.self, count: $0, name: name, in: placement) })
        } catch let error as DeviceError {
            throw error
        } catch {
            preconditionFailure("\(name): \(error)")
        }
    }

    /// Bytes that `init` will allocate, for plans before anything is allocated.
    package static func byteCount(_ elementType: ElementType, rows: Int, columns: Int) -> Int {
        WeightLayout(elementType, rows: rows, columns: columns).byteCount
    }

    /// Row ranges that fit one binding and one allocation each, and start at multiples of `rowUnit`.
    static func partition(
        _ elementType: ElementType, rows: Int, columns: Int, name: String, on device: Device, shardByteCount: Int = .max
    ) throws(DeviceError) -> [Range<Int>] {
        let limit = min(
            UInt64(shardByteCount), UInt64(device.description.maxStorageBufferRange),
            device.description.maxAllocationByteCount)
        let unit = rowUnit
        let unitByteCount = WeightLayout(elementType, rows: unit, columns: columns).byteCount
        let unitsPerShard = Int(limit) / unitByteCount
        guard unitsPerShard > 0 else {
            throw DeviceError(
                .unsupported,
                "\(name): \(unit) rows of \(columns) columns take \(unitByteCount) bytes; the device binds at most \(limit)"
            )
        }
        return stride(from: 0, to: rows, by: unitsPerShard * unit).map { $0..<min(rows, $0 + unitsPerShard * unit) }
    }

    /// Uploads a shard, as many tiles at a time as a staging slot holds.
    private static func fill(
        _ shard: Shard, _ staging: StagingRing, _ reader: TileReader, _ filled: ((_ rows: Int) throws -> Void)?
    ) throws {
        let layout = shard.layout
        let (tileByteCounts, offsets) = (layout.tileByteCounts, layout.planeOffsets)
        let batch = max(1, staging.slotByteCount / max(1, tileByteCounts.reduce(0, +)))
        let target = View<UInt8>(shard.words.view)
        for firstTile in stride(from: 0, to: layout.tiles, by: batch) {
            let tiles = firstTile..<min(layout.tiles, firstTile + batch)
            let planes = zip(offsets, tileByteCounts).map { offset, byteCount in
                target[offset + tiles.lowerBound * byteCount..<offset + tiles.upperBound * byteCount].view
            }
            try staging.upload(to: planes) { try reader.fill(tiles, into: $0) }
            try filled?(shard.firstRow + min(layout.rows, tiles.upperBound * WeightLayout.tileRows))
        }
    }
}
