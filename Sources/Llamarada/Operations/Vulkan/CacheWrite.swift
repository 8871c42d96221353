package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// cache[place of row t] = x[t], rounded to the cache's type. Rows of no sequence write nothing.
    ///
    /// - Parameters:
    ///   - x: (tokens, kvDim).
    ///   - rows: where each of the tokens belongs.
    ///   - cache: (pages · pageSize, kvHeads, headDim) of `type`: see `KVCacheType.wordCount(headDim:)`.
    package mutating func cacheWrite(
        _ x: View<Float>, _ rows: CacheRows, into cache: View<UInt32>, type: KVCacheType, headDim: Int
    ) {
        let tokens = rows.count
        let kvDim = x.count / tokens
        precondition(
            x.count == tokens * kvDim && headDim % 2 == 0 && kvDim % headDim == 0,
            "CacheWrite: (\(x.count)) of \(tokens) tokens, \(kvDim) wide, heads of \(headDim)")
        let lanes = tuning.elementwiseLanes
        let heads = tokens * kvDim / headDim
        let words = heads * type.wordCount(headDim: headDim)
        dispatch(
            CacheWrite(
                .init(cache: type.variant()), x: .read(x), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), cache: .write(cache)),
            push: .init(tokens: UInt32(tokens), kvDim: UInt32(kvDim), headDim: UInt32(headDim)),
            specialize: .init(lanes: UInt32(lanes), page: UInt32(rows.pageSize)),
            over: .elements(heads * type.unitCount(headDim: headDim), perGroup: lanes),
            cost: Cost(bytesRead: 4 * x.count, bytesWritten: 4 * words), shape: "(\(tokens), \(kvDim))")
    }
}

extension KVCacheType {
    /// The variant of a kernel for this type.
    func variant<Axis: VariantAxis & RawRepresentable<String>>() -> Axis {
        guard let variant = Axis(rawValue: rawValue.uppercased()) else {
            preconditionFailure("no variant of \(Axis.self) for \(self)")
        }
        return variant
    }
}
