import Llamarada
import LlamaradaDevice

extension Checks {
    static let ropeCacheWrite: [CheckCase] = KVCacheType.pairs.flatMap { keys, values in
        [
            ropeCacheWriteCase(keys, values, tokens: 1, AttentionShape(heads: 9, kvHeads: 3, headDim: 64)),
            ropeCacheWriteCase(keys, values, tokens: 7, AttentionShape(heads: 4, kvHeads: 1, headDim: 10), pairs: 3),
            ropeCacheWriteCase(
                keys, values, tokens: 9, AttentionShape(heads: 2, kvHeads: 2, headDim: 66), pairing: .halves),
            ropeCacheWriteCase(
                keys, values, tokens: 33, AttentionShape(heads: 8, kvHeads: 2, headDim: 128), pairs: 16,
                pairing: .halves),
            ropeCacheWriteCase(keys, values, tokens: 3, AttentionShape(heads: 1, kvHeads: 1, headDim: 2)),
        ]
    }

    /// Bit for bit what four plain kernels leave.
    private static func ropeCacheWriteCase(
        _ keyType: KVCacheType, _ valueType: KVCacheType, tokens: Int, _ shape: AttentionShape, pairs: Int? = nil,
        pairing: RoPEPairing = .neighbours
    ) -> CheckCase {
        let (headDim, pairs) = (shape.headDim, pairs ?? shape.headDim / 2)
        return CheckCase(
            operation: "RoPECacheWrite", variant: "\(keyType.variantName), \(valueType.variantName)",
            shape: "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(headDim))"
                + (2 * pairs < headDim ? ", \(pairs) pairs" : "") + (pairing == .halves ? " halves" : ""),
            bound: .identical
        ) { trial in
            var random = trial.random
            let queries = random.floats(tokens * shape.heads * headDim, scale: 4)
            let keyRows = random.floats(tokens * shape.kvDim, scale: 4)
            let v = trial.input(random.floats(tokens * shape.kvDim, scale: 4))
            let positions = (0..<tokens).map { 1 + ($0 * 3) % (tokens % 3 == 0 ? tokens + 1 : tokens) }
            let paged = PagedRows(positions: positions, sequences: 2, fillingUp: tokens > 6 ? [tokens / 2] : [])
            let rows = paged.input(trial)
            let angles = RoPETable(positionCount: 2 * tokens + 3, dimensionCount: 2 * pairs, base: 10_000)
            let table = trial.input(angles.values).bound(to: SIMD2<Float>.self)
            func cache(_ type: KVCacheType) -> Trial.Output<UInt32> {
                let rowWords = shape.kvHeads * type.wordCount(headDim: headDim)
                return trial.output(UInt32.self, count: paged.placeCount * rowWords)
            }
            let (q, plainQ) = (
                trial.output(Float.self, count: queries.count, initial: queries),
                trial.output(Float.self, count: queries.count, initial: queries)
            )
            let k = trial.input(keyRows)
            let plainK = trial.output(Float.self, count: keyRows.count, initial: keyRows)
            let (keys, plainKeys, values, plainValues) = (
                cache(keyType), cache(keyType), cache(valueType), cache(valueType)
            )
            try trial.run { pass, copy in
                pass.ropeCacheWrite(
                    q: q.views[copy], k: k, v: v, table, rows, keys: .init(words: keys.views[copy], type: keyType),
                    values: .init(words: values.views[copy], type: valueType), shape: shape, pairs: pairs,
                    pairing: pairing)
                for (x, heads) in [(plainQ, shape.heads), (plainK, shape.kvHeads)] {
                    pass.rope(
                        x.views[copy], table, positions: rows.positions, heads: heads, headDim: headDim, pairs: pairs,
                        pairing: pairing)
                }
                pass.cacheWrite(
                    plainK.views[copy], rows, into: plainKeys.views[copy], type: keyType, headDim: headDim)
                pass.cacheWrite(v, rows, into: plainValues.views[copy], type: valueType, headDim: headDim)
            } measure: {
                let actual = trial.values(q).map(\.bitPattern) + trial.values(keys) + trial.values(values)
                let expected =
                    trial.values(plainQ).map(\.bitPattern) + trial.values(plainKeys) + trial.values(plainValues)
                return Measurement(actual: actual, expected: expected) { Double(Float(bitPattern: $0)) }
            }
        }
    }
}
