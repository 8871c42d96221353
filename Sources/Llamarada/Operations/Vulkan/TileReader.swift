import LlamaradaThreads

/// Reads tiles of a shard as the file holds them, a few at a time, and re-lays them where they are to lie: on several
/// threads, which share nothing, so that the bytes do not depend on how many there are.
///
/// Freed with the last reference.
final class TileReader {
    /// Writes rows of a matrix as the file holds them; called on any thread.
    typealias Rows = @Sendable (_ range: Range<Int>, _ target: UnsafeMutableRawBufferPointer) throws -> Void

    /// Bytes that a thread reads at once: with what it makes of them they stay in a core's second-level cache.
    private static let pieceByteCount = 256 << 10
    /// Bytes that all threads together hold, if one of them can do with less.
    private static let largestScratch = 64 << 20

    private let layout: WeightLayout
    private let firstRow: Int
    private let read: Rows
    private let team: ThreadTeam
    /// Tiles that a thread reads at once.
    private let pieceTiles: Int
    /// A thread's rows as the file holds them.
    private let scratch: [UnsafeMutableRawBufferPointer]

    init(_ shard: WeightMatrix.Shard, team: ThreadTeam, read: @escaping Rows) {
        layout = shard.layout
        firstRow = shard.firstRow
        self.read = read
        let tileByteCount = max(1, WeightLayout.tileRows * layout.rowByteCount)
        pieceTiles = max(1, min(Self.pieceByteCount / tileByteCount, layout.tiles))
        let byteCount = pieceTiles * tileByteCount
        let pieces = (layout.tiles + pieceTiles - 1) / pieceTiles
        let threads = max(1, min(team.count, pieces, Self.largestScratch / byteCount))
        self.team = ThreadTeam(threads)
        scratch = (0..<threads).map { _ in .allocate(byteCount: byteCount, alignment: 64) }
    }

    deinit { for bytes in scratch { bytes.deallocate() } }

    /// Re-lays tiles `range`.
    ///
    /// - Parameter planes: the tiles' part of each plane.
    func fill(_ range: Range<Int>, into planes: [UnsafeMutableRawBufferPointer]) throws {
        // Safety: every piece writes its own tiles, every thread has scratch of its own, and all end before this does.
        nonisolated(unsafe) let reader = self
        nonisolated(unsafe) let planes = planes
        try team.forEach((range.count + pieceTiles - 1) / pieceTiles) { [pieceTiles] piece, thread in
            let first = range.lowerBound + piece * pieceTiles
            let tiles = first..<min(range.upperBound, first + pieceTiles)
            try reader.fill(tiles, into: planes, from: range.lowerBound, by: reader.scratch[thread])
        }
    }

    private func fill(
        _ tiles: Range<Int>, into planes: [UnsafeMutableRawBufferPointer], from firstTile: Int,
        by scratch: UnsafeMutableRawBufferPointer
    ) throws {
        let (tileRows, rowByteCount) = (WeightLayout.tileRows, layout.rowByteCount)
        let rows = tiles.lowerBound * tileRows..<min(layout.rows, tiles.upperBound * tileRows)
        let source = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(rows.count * rowByteCount)])
        try read(firstRow + rows.lowerBound..<firstRow + rows.upperBound, source)
        let tileByteCounts = layout.tileByteCounts
        for tile in tiles {
            let first = (tile - tiles.lowerBound) * tileRows
            let count = min(tileRows, rows.count - first)
            layout.pack(
                UnsafeRawBufferPointer(rebasing: source[first * rowByteCount..<(first + count) * rowByteCount]),
                rowCount: count,
                into: zip(planes, tileByteCounts).map { plane, byteCount in
                    let place = (tile - firstTile) * byteCount
                    return UnsafeMutableRawBufferPointer(rebasing: plane[place..<place + byteCount])
                })
        }
    }
}
