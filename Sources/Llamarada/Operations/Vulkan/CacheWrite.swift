package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// cache[place of row t] = x[t], rounded to the cache's type. Rows of no sequence write nothing.
    ///
    /// - Parameters:
    ///   - x: (tokens, kvDim).
    ///   - rows: where each of the tokens belongs.
    ///   - cache: (pages · pageSize, kvDim) of `type`, two f16 values a word.
    package mutating func cacheWrite(
        _ x: View<Float>, _ rows: CacheRows, into cache: View<UInt32>, type: KVCacheType
    ) {
        let tokens = rows.count
        let kvDim = x.count / tokens
        precondition(
            x.count == tokens * kvDim && kvDim % 2 == 0, "CacheWrite: (\(x.count)) of \(tokens) tokens, \(kvDim) wide")
        let lanes = tuning.elementwiseLanes
        let words = tokens * kvDim * type.elementByteCount / 4
        dispatch(
            CacheWrite(
                .init(cache: type == .f16 ? .f16 : .f32), x: .read(x), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), cache: .write(cache)),
            push: .init(tokens: UInt32(tokens), kvDim: UInt32(kvDim)),
            specialize: .init(lanes: UInt32(lanes), page: UInt32(rows.pageSize)),
            over: .elements(words, perGroup: lanes),
            cost: Cost(bytesRead: 4 * x.count, bytesWritten: 4 * words), shape: "(\(tokens), \(kvDim))")
    }
}
