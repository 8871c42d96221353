package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Norms heads of queries and keys, turns queries in place, and writes turned keys, and values, to the cache: with the
    /// bits of `rmsNorm`, `rope` and `cacheWrite`.
    ///
    /// - Parameters:
    ///   - x: (tokens, heads, headDim), (tokens, kvHeads, headDim) twice; keys and values are left as they are. headDim is
    ///     at most `CacheRotation.mostNormedElements`.
    ///   - norms: (headDim) twice, of queries and of keys.
    package mutating func qkNormRoPECacheWrite(
        _ x: ProjectedViews, norms: (q: View<Float>, k: View<Float>), epsilon: Float, _ rotation: CacheRotation
    ) {
        let (rows, shape, keys, values) = (rotation.rows, rotation.shape, rotation.keys, rotation.values)
        let (tokens, headDim) = (rows.count, shape.headDim)
        precondition(
            rotation.fits(x) && norms.q.count == headDim && norms.k.count == headDim
                && headDim <= CacheRotation.mostNormedElements,
            "QKNormRoPECacheWrite: \(tokens) tokens of \(shape), q (\(x.q.count)), k (\(x.k.count)), v (\(x.v.count)), norms of (\(norms.q.count)) and (\(norms.k.count))"
        )
        dispatch(
            QKNormRoPECacheWrite(
                .init(keys: keys.type.variant(), values: values.type.variant()),
                q: .readWrite(x.q), k: .read(x.k), v: .read(x.v), queryNorm: .read(norms.q), keyNorm: .read(norms.k),
                table: .read(rotation.table), positions: .read(rows.positions), tables: .read(rows.tables),
                pages: .read(rows.pages), keys: .write(keys.words), values: .write(values.words)),
            push: .init(
                tokens: UInt32(tokens), heads: UInt32(shape.heads), kvHeads: UInt32(shape.kvHeads),
                headDim: UInt32(headDim), pairs: UInt32(rotation.pairs), epsilon: epsilon),
            specialize: .init(
                lanes: UInt32(tuning.reductionLanes), page: UInt32(rows.pageSize),
                halves: rotation.pairing == .halves),
            over: .workgroups(tokens * (shape.heads + 2 * shape.kvHeads)),
            cost: rotation.cost(x) + Cost(flops: 4 * (x.q.count + x.k.count), bytesRead: 8 * headDim),
            shape: rotation.label)
    }
}
