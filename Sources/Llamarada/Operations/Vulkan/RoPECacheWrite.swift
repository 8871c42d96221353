package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Turns queries in place, and writes turned keys, and values, to the cache: with the bits of `rope` and `cacheWrite`,
    /// and with biases of `addBias` before.
    ///
    /// - Parameters:
    ///   - x: (tokens, heads, headDim), (tokens, kvHeads, headDim) twice; keys and values are left as they are.
    ///   - biases: (heads · headDim), (kvHeads · headDim) twice; nil for none.
    package mutating func ropeCacheWrite(
        _ x: ProjectedViews, biases: ProjectedViews? = nil, _ rotation: CacheRotation
    ) {
        let (rows, shape, keys, values) = (rotation.rows, rotation.shape, rotation.keys, rotation.values)
        let (tokens, headDim) = (rows.count, shape.headDim)
        precondition(
            rotation.fits(x)
                && biases.map {
                    tokens * $0.q.count == x.q.count && tokens * $0.k.count == x.k.count
                        && $0.v.count == $0.k.count
                } ?? true,
            "RoPECacheWrite: \(tokens) tokens of \(shape), q (\(x.q.count)), k (\(x.k.count)), v (\(x.v.count)), \(rotation.pairs) pairs"
        )
        let lanes = tuning.elementwiseLanes
        let units =
            shape.heads * (biases == nil ? rotation.pairs : headDim / 2) + shape.kvHeads
            * (keys.type.unitCount(headDim: headDim) + values.type.unitCount(headDim: headDim))
        // What is bound where there are no biases is not looked at.
        let added = biases ?? ProjectedViews(q: x.k, k: x.k, v: x.k)
        var cost = rotation.cost(x)
        if let biases {
            let elements = biases.q.count + 2 * biases.k.count
            cost = cost + Cost(flops: tokens * elements, bytesRead: 4 * elements)
        }
        dispatch(
            RoPECacheWrite(
                .init(keys: keys.type.variant(), values: values.type.variant()),
                q: .readWrite(x.q), k: .read(x.k), v: .read(x.v), queryBias: .read(added.q), keyBias: .read(added.k),
                valueBias: .read(added.v), table: .read(rotation.table), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), keys: .write(keys.words),
                values: .write(values.words)),
            push: .init(
                tokens: UInt32(tokens), heads: UInt32(shape.heads), kvHeads: UInt32(shape.kvHeads),
                headDim: UInt32(headDim), pairs: UInt32(rotation.pairs)),
            specialize: .init(
                lanes: UInt32(lanes), page: UInt32(rows.pageSize), halves: rotation.pairing == .halves,
                bias: biases != nil),
            over: .elements(tokens * units, perGroup: lanes), cost: cost, shape: rotation.label)
    }
}
