/// Where the positions of a sequence lie in a cache on the CPU.
package struct ReferencePageTable: Sendable {
    private let pages: [Int]
    private let pageSize: Int

    /// Page i of the sequence is page `pages[i]` of the cache.
    package init(pages: [Int], pageSize: Int) {
        self.pages = pages
        self.pageSize = pageSize
    }

    /// A cache that holds one sequence from its first position on.
    package static let inOrder = ReferencePageTable(pages: [], pageSize: 0)

    /// The row of the cache that holds a position.
    package func place(_ position: Int) -> Int {
        pageSize == 0 ? position : pages[position / pageSize] * pageSize + position % pageSize
    }
}
