package import LlamaradaDevice
package import LlamaradaTensors
package import LlamaradaThreads

/// One of several matrices to be joined by rows, such as those of queries, keys and values.
package struct WeightPart: Sendable {
    /// Rows of the matrix.
    package var rows: Int
    /// Writes rows `range` of the matrix as the file holds them, on any thread.
    package var read: @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void

    /// A matrix of `rows` rows that `read` reads.
    package init(
        rows: Int,
        read: @escaping @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void
    ) {
        self.rows = rows
        self.read = read
    }
}

extension WeightMatrix {
    /// The most matrices that can be joined: kernels know the places of three.
    package static let mostParts = 3

    /// Where the rows of matrices lie that are joined: each starts at a multiple of 64 rows.
    package static func parts(joining rows: [Int]) -> [Range<Int>] {
        var end = 0
        return rows.map { count in
            let start = (end + rowUnit - 1) / rowUnit * rowUnit
            end = start + count
            return start..<end
        }
    }

    /// Whether matrices can be joined: they must fit one binding, and one allocation.
    package static func canJoin(
        _ elementType: ElementType, rows: [Int], columns: Int, name: String, on device: Device
    ) throws(DeviceError) -> Bool {
        guard rows.count <= mostParts, let end = parts(joining: rows).last?.upperBound else { return false }
        return try partition(elementType, rows: end, columns: columns, name: name, on: device).count <= 1
    }

    /// Reads several matrices of the same element type and columns into one, rows after rows.
    ///
    /// Each starts at a multiple of 64 rows; `parts` says where. The rows between are zero, and no product has them.
    ///
    /// - Parameters:
    ///   - joined: one to three matrices; several only where all of them fit one shard (`canJoin`).
    ///   - shardByteCount: bytes that a shard may take where that is less than the device allows.
    ///   - allocate: gives room for a shard of `count` words; nil allocates a buffer for each.
    package init(
        _ elementType: ElementType, joining joined: [WeightPart], columns: Int, name: String, on device: Device,
        staging: StagingRing, team: ThreadTeam = .one, shardByteCount: Int = .max,
        allocate: ((_ count: Int) throws -> View<UInt32>)? = nil, filled: ((_ rows: Int) throws -> Void)? = nil
    ) throws {
        precondition(
            (1...Self.mostParts).contains(joined.count) && joined.allSatisfy { $0.rows > 0 },
            "WeightMatrix: \(joined.count) parts of \(joined.map(\.rows)) rows")
        let parts = Self.parts(joining: joined.map(\.rows))
        let rowByteCount = WeightLayout(elementType, rows: 0, columns: columns).rowByteCount
        try self.init(
            elementType, parts: parts, columns: columns, name: name, on: device, staging: staging, team: team,
            shardByteCount: shardByteCount, allocate: allocate, filled: filled
        ) { range, target in
            if parts.reduce(0, { $0 + $1.clamped(to: range).count }) < range.count {
                // All bits zero is the number zero in every type.
                target.initializeMemory(as: UInt8.self, repeating: 0)
            }
            for (part, rows) in zip(joined, parts) where rows.overlaps(range) {
                let both = rows.clamped(to: range)
                let bytes = target[
                    (both.lowerBound - range.lowerBound) * rowByteCount..<(both.upperBound - range.lowerBound)
                        * rowByteCount]
                try part.read(
                    both.lowerBound - rows.lowerBound..<both.upperBound - rows.lowerBound,
                    UnsafeMutableRawBufferPointer(rebasing: bytes))
            }
        }
    }
}
