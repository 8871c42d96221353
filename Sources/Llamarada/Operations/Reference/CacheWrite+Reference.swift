extension Reference {
    /// cache[position + r] = x[r], rounded to the cache's type.
    ///
    /// The values stay f32 here, rounded by `KVCacheType.rounded(_:)`.
    ///
    /// - Parameters:
    ///   - x: (tokens, kvHeads · headDim), rotated keys or values.
    ///   - cache: (positions, kvHeads · headDim); rows from `position` on are replaced, and it grows as needed.
    ///   - position: the row of x's first; at most the rows that the cache holds.
    package static func cacheWrite(_ x: Matrix, into cache: inout [Float], at position: Int, type: KVCacheType) {
        let start = position * x.columns
        require(start <= cache.count, "CacheWrite", "row \(position), cache of \(cache.count / max(1, x.columns)) rows")
        let end = min(start + x.values.count, cache.count)
        cache.replaceSubrange(start..<end, with: x.values.lazy.map(type.rounded))
    }
}
