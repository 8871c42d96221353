import Llamarada

/// Rows of several sequences whose pages lie mixed up in a cache, as checks need them.
struct PagedRows {
    /// Positions of a page; few, so that small checks have many.
    static let pageSize = 4

    private let positions: [Int]
    private let fillingUp: Set<Int>
    private let pagesPerSequence: Int
    /// The page tables of all sequences, one behind the other.
    private let pages: [Int]
    private let sequences: Int

    /// Row r belongs to sequence r mod `sequences`; those in `fillingUp` to none.
    init(positions: [Int], sequences: Int, fillingUp: Set<Int> = []) {
        self.positions = positions
        self.sequences = sequences
        self.fillingUp = fillingUp
        pagesPerSequence = (positions.max() ?? 0) / Self.pageSize + 1
        // A step of 7 visits every page of a number that 7 does not divide.
        var count = sequences * pagesPerSequence + 1
        if count % 7 == 0 { count += 1 }
        pages = (0..<sequences * pagesPerSequence).map { ($0 * 7 + 3) % count }
        placeCount = count * Self.pageSize
    }

    /// Rows of the cache, one page's worth at least of which nobody uses.
    let placeCount: Int

    /// Where a position of a row's sequence lies in the cache.
    func place(of position: Int, ofRow row: Int) -> Int {
        pages[row % sequences * pagesPerSequence + position / Self.pageSize] * Self.pageSize
            + position % Self.pageSize
    }

    /// Where a row itself lies; nil where it belongs to no sequence.
    func place(ofRow row: Int) -> Int? { isFillingUp(row) ? nil : place(of: positions[row], ofRow: row) }

    func isFillingUp(_ row: Int) -> Bool { fillingUp.contains(row) }

    /// A row's position, and where its page table begins.
    func words(ofRow row: Int) -> (position: UInt32, table: UInt32) {
        (
            UInt32(positions[row]),
            isFillingUp(row) ? CacheRows.noTable : UInt32(row % sequences * pagesPerSequence)
        )
    }

    /// The same for the kernels.
    func input(_ trial: Trial) -> CacheRows {
        CacheRows(
            positions: trial.input(positions.indices.map { words(ofRow: $0).position }),
            tables: trial.input(positions.indices.map { words(ofRow: $0).table }),
            pages: trial.input(pages.map { UInt32($0) }), pageSize: Self.pageSize)
    }
}
