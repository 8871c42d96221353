/// How much layers with a window keep, where that is less than everything.
package struct WindowedCapacity: Sendable, Equatable {
    /// Positions that a token sees, itself included.
    package var length: Int
    /// Pages of such a layer's cache.
    package var pages: Int
    /// Most of them that a sequence holds at once.
    package var pagesPerSlot: Int

    package init(length: Int, pages: Int, pagesPerSlot: Int) {
        self.length = length
        self.pages = pages
        self.pagesPerSlot = pagesPerSlot
    }

    /// What an engine's windowed layers need; nil where there are none, or where giving pages back would save nothing.
    init?(_ configuration: ModelConfiguration, contextLength: Int, slots: Int, pageSize: Int, chunk: Int) {
        guard let length = configuration.window?.length else { return nil }
        // What the first row of a step sees to what its last one writes, which may begin and end within pages.
        let seen = min(length - 1, contextLength) + min(chunk, contextLength)
        // One more while a page that is shared in part is copied.
        let pagesPerSlot = (seen + pageSize - 2) / pageSize + 2
        guard pagesPerSlot < contextLength / pageSize + (contextLength % pageSize > 0 ? 1 : 0) else { return nil }
        self.init(length: length, pages: slots * pagesPerSlot, pagesPerSlot: pagesPerSlot)
    }

    /// Makes do with so many pages, or with those of one sequence.
    mutating func fit(_ most: Int) { pages = max(pagesPerSlot, min(pages, most)) }
}
