package import LlamaradaDevice

/// Where the keys and values of a step's rows lie in a cache of pages, as kernels find them.
package struct CacheRows {
    /// What stands for a page table where a row belongs to no sequence.
    package static let noTable = UInt32.max

    /// (rows) positions in the rows' sequences.
    package var positions: View<UInt32>
    /// (rows): where the page table of each row's sequence begins in `pages`, or `noTable`.
    package var tables: View<UInt32>
    /// The page tables of all sequences.
    package var pages: View<UInt32>
    /// Positions of a page.
    package var pageSize: Int

    package init(positions: View<UInt32>, tables: View<UInt32>, pages: View<UInt32>, pageSize: Int) {
        precondition(positions.count == tables.count, "\(positions.count) positions, \(tables.count) page tables")
        self.positions = positions
        self.tables = tables
        self.pages = pages
        self.pageSize = pageSize
    }

    package var count: Int { positions.count }
}
