package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// cache[positions[t]] = x[t], rounded to the cache's type.
    ///
    /// - Parameters:
    ///   - x: (tokens, kvDim).
    ///   - positions: (tokens), each a row of the cache.
    ///   - cache: (positions, kvDim) of `type`, two f16 values a word.
    package mutating func cacheWrite(
        _ x: View<Float>, positions: View<UInt32>, into cache: View<UInt32>, type: KVCacheType
    ) {
        let tokens = positions.count
        let kvDim = x.count / tokens
        precondition(
            x.count == tokens * kvDim && kvDim % 2 == 0, "CacheWrite: (\(x.count)) of \(tokens) tokens, \(kvDim) wide")
        let lanes = tuning.elementwiseLanes
        let words = tokens * kvDim * type.elementByteCount / 4
        dispatch(
            CacheWrite(
                .init(cache: type == .f16 ? .f16 : .f32), x: .read(x), positions: .read(positions), cache: .write(cache)
            ),
            push: .init(tokens: UInt32(tokens), kvDim: UInt32(kvDim)),
            specialize: .init(lanes: UInt32(lanes)), over: .elements(words, perGroup: lanes),
            cost: Cost(bytesRead: 4 * x.count, bytesWritten: 4 * words), shape: "(\(tokens), \(kvDim))")
    }
}
