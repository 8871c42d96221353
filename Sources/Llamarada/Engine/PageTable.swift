/// Where a sequence's positions lie: entry i stands for positions i · pageSize and on.
package struct PageTable: Sendable, Equatable, ExpressibleByArrayLiteral {
    /// Pages of layers that see everything.
    package var full: [Int]
    /// Pages of layers with a window; those behind it were given back, and stand as 0 since nobody reads them. Empty
    /// where such layers keep everything, too, in the same pages as the others.
    package var windowed: [Int]

    package init(_ full: [Int], windowed: [Int] = []) {
        self.full = full
        self.windowed = windowed
    }

    package init(arrayLiteral pages: Int...) { self.init(pages) }
}

extension PageTable {
    /// The pages that are in no other table of the same sequence and that nothing was copied to.
    func pages(notIn known: PageTable, _ copies: [PageCopy]) -> PageTable {
        let full = Set(known.full).union(copies.map(\.to))
        // Room 0 stands for what was given back, too, so entries are compared by their places.
        let copied = Set(copies.compactMap(\.rooms?.to))
        let isNew = windowed.indices.filter { index in
            !(known.windowed.indices.contains(index) && known.windowed[index] == windowed[index])
                && !copied.contains(windowed[index])
        }
        return PageTable(self.full.filter { !full.contains($0) }, windowed: isNew.map { windowed[$0] })
    }
}
