package import LlamaradaDevice
import LlamaradaShaders

/// A half of a layer's cache, as kernels write it: (pages · pageSize, kvHeads, headDim) of `type`.
package struct CacheTarget {
    package var words: View<UInt32>
    package var type: KVCacheType

    package init(words: View<UInt32>, type: KVCacheType) {
        self.words = words
        self.type = type
    }
}

extension Pass {
    /// Turns queries in place, and writes turned keys, and values, to the cache: with the bits of `rope` and `cacheWrite`.
    /// Rows of no sequence write nothing to the cache.
    ///
    /// - Parameters:
    ///   - q: (tokens, heads, headDim).
    ///   - k: (tokens, kvHeads, headDim), left as they are; `v` likewise.
    ///   - table: (positions, pairs) of (cos, sin); see `RoPETable`.
    ///   - rows: where each of the tokens belongs.
    ///   - shape: of the attention to come.
    ///   - pairs: rotated pairs of a head; at most headDim / 2.
    package mutating func ropeCacheWrite(
        q: View<Float>, k: View<Float>, v: View<Float>, _ table: View<SIMD2<Float>>, _ rows: CacheRows,
        keys: CacheTarget, values: CacheTarget, shape: AttentionShape, pairs: Int, pairing: RoPEPairing
    ) {
        let (tokens, headDim) = (rows.count, shape.headDim)
        precondition(
            q.count == tokens * shape.heads * headDim && k.count == tokens * shape.kvDim && v.count == k.count
                && 2 * pairs <= headDim && headDim % 2 == 0,
            "RoPECacheWrite: \(tokens) tokens of \(shape), q (\(q.count)), k (\(k.count)), v (\(v.count)), \(pairs) pairs"
        )
        let lanes = tuning.elementwiseLanes
        let units =
            shape.heads * pairs + shape.kvHeads
            * (keys.type.unitCount(headDim: headDim)
                + values.type.unitCount(headDim: headDim))
        let turned = tokens * (shape.heads + shape.kvHeads) * pairs
        let cached =
            shape.kvHeads * (keys.type.byteCount(headDim: headDim) + values.type.byteCount(headDim: headDim))
        dispatch(
            RoPECacheWrite(
                .init(keys: keys.type.variant(), values: values.type.variant()),
                q: .readWrite(q), k: .read(k), v: .read(v), table: .read(table), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), keys: .write(keys.words),
                values: .write(values.words)),
            push: .init(
                tokens: UInt32(tokens), heads: UInt32(shape.heads), kvHeads: UInt32(shape.kvHeads),
                headDim: UInt32(headDim), pairs: UInt32(pairs)),
            specialize: .init(lanes: UInt32(lanes), page: UInt32(rows.pageSize), halves: pairing == .halves),
            over: .elements(tokens * units, perGroup: lanes),
            cost: Cost(
                flops: 6 * turned, bytesRead: 4 * (q.count + k.count + v.count) + 8 * tokens * pairs,
                bytesWritten: 4 * q.count + tokens * cached),
            shape: "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(headDim))")
    }
}

extension KVCacheType {
    /// Parts of a head that one invocation writes each: words, or of `q8_0` two blocks, whose scales share a word.
    func unitCount(headDim: Int) -> Int {
        self == .q8_0 ? Self.scaleWordCount(headDim: headDim) : wordCount(headDim: headDim)
    }
}
