extension Reference {
    /// cache[places[r]] = x[r], rounded to the cache's type.
    ///
    /// The values stay f32 here, rounded by `KVCacheType.rounded(_:headDim:)`.
    ///
    /// - Parameters:
    ///   - x: (tokens, kvHeads · headDim), rotated keys or values.
    ///   - cache: (places, kvHeads · headDim); it grows as needed.
    ///   - places: (tokens), each a row of the cache.
    package static func cacheWrite(
        _ x: Matrix, into cache: inout [Float], at places: [Int], type: KVCacheType, headDim: Int
    ) {
        require(
            places.count == x.rows && places.allSatisfy { $0 >= 0 }, "CacheWrite", "(\(x.rows)) rows to \(places)")
        let needed = ((places.max() ?? -1) + 1) * x.columns
        if cache.count < needed { cache += [Float](repeating: 0, count: needed - cache.count) }
        for (row, place) in places.enumerated() {
            let values = x.values[row * x.columns..<(row + 1) * x.columns]
            cache.replaceSubrange(
                place * x.columns..<(place + 1) * x.columns, with: type.rounded(values, headDim: headDim))
        }
    }
}
