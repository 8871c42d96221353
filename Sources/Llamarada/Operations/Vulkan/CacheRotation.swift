package import LlamaradaDevice

/// A half of a layer's cache, as kernels write it: (pages · pageSize, kvHeads, headDim) of `type`.
package struct CacheTarget {
    package var words: View<UInt32>
    package var type: KVCacheType

    package init(words: View<UInt32>, type: KVCacheType) {
        self.words = words
        self.type = type
    }
}

/// What belongs to queries, keys and values: of rows, (tokens, heads, headDim) and (tokens, kvHeads, headDim) twice; of
/// biases, one row each.
package struct ProjectedViews {
    package var q: View<Float>
    package var k: View<Float>
    package var v: View<Float>

    package init(q: View<Float>, k: View<Float>, v: View<Float>) {
        self.q = q
        self.k = k
        self.v = v
    }
}

/// How queries and keys turn, and where keys and values go: what kernels that do both at once are given.
package struct CacheRotation {
    /// (positions, pairs) of (cos, sin); see `RoPETable`.
    package var table: View<SIMD2<Float>>
    /// Where each of the tokens belongs. Rows of no sequence write nothing to the cache.
    package var rows: CacheRows
    package var keys: CacheTarget
    package var values: CacheTarget
    /// Of the attention to come.
    package var shape: AttentionShape
    /// Rotated pairs of a head; at most headDim / 2.
    package var pairs: Int
    package var pairing: RoPEPairing

    /// The longest head that a kernel norms before it turns it: one in a workgroup's memory.
    package static let mostNormedElements = 256

    package init(
        table: View<SIMD2<Float>>, rows: CacheRows, keys: CacheTarget, values: CacheTarget, shape: AttentionShape,
        pairs: Int, pairing: RoPEPairing
    ) {
        self.table = table
        self.rows = rows
        self.keys = keys
        self.values = values
        self.shape = shape
        self.pairs = pairs
        self.pairing = pairing
    }

    /// Whether the views have the elements of the tokens, and heads those of the pairs.
    func fits(_ x: ProjectedViews) -> Bool {
        x.q.count == rows.count * shape.heads * shape.headDim && x.k.count == rows.count * shape.kvDim
            && x.v.count == x.k.count && 2 * pairs <= shape.headDim && shape.headDim % 2 == 0
    }

    /// Operations and bytes, but for those of what comes before the rotation.
    func cost(_ x: ProjectedViews) -> Cost {
        let (tokens, headDim) = (rows.count, shape.headDim)
        let cached =
            shape.kvHeads * (keys.type.byteCount(headDim: headDim) + values.type.byteCount(headDim: headDim))
        return Cost(
            flops: 6 * tokens * (shape.heads + shape.kvHeads) * pairs,
            bytesRead: 4 * (x.q.count + x.k.count + x.v.count) + 8 * tokens * pairs,
            bytesWritten: 4 * x.q.count + tokens * cached)
    }

    /// Such as "(7, 9/3, 64)".
    var label: String { "(\(rows.count), \(shape.heads)/\(shape.kvHeads), \(shape.headDim))" }
}

extension KVCacheType {
    /// Parts of a head that one invocation writes each: words, or of `q8_0` two blocks, whose scales share a word.
    func unitCount(headDim: Int) -> Int {
        self == .q8_0 ? Self.scaleWordCount(headDim: headDim) : wordCount(headDim: headDim)
    }
}
