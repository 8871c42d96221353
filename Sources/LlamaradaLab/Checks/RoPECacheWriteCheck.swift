import Llamarada
import LlamaradaDevice

extension Checks {
    static let ropeCacheWrite: [CheckCase] = rotations.flatMap { rotation in
        [cacheRotationCase("RoPECacheWrite", rotation, .nothing)]
            + (rotation.keyType == rotation.valueType ? [cacheRotationCase("RoPECacheWrite", rotation, .biases)] : [])
    }

    static let qkNormRoPECacheWrite: [CheckCase] = rotations.compactMap {
        $0.keyType == $0.valueType || $0.tokens == 1 ? cacheRotationCase("QKNormRoPECacheWrite", $0, .norms) : nil
    }

    /// Shapes of rows and heads for each pair of types.
    private static let rotations: [RotationCase] = KVCacheType.pairs.flatMap { keys, values in
        [
            RotationCase(keys, values, tokens: 1, AttentionShape(heads: 9, kvHeads: 3, headDim: 64)),
            RotationCase(keys, values, tokens: 7, AttentionShape(heads: 4, kvHeads: 1, headDim: 10), pairs: 3),
            RotationCase(
                keys, values, tokens: 9, AttentionShape(heads: 2, kvHeads: 2, headDim: 66), pairing: .halves),
            RotationCase(
                keys, values, tokens: 33, AttentionShape(heads: 8, kvHeads: 2, headDim: 128), pairs: 16,
                pairing: .halves),
            RotationCase(keys, values, tokens: 3, AttentionShape(heads: 1, kvHeads: 1, headDim: 2)),
            RotationCase(
                keys, values, tokens: 2, AttentionShape(heads: 4, kvHeads: 1, headDim: 256), pairing: .halves),
        ]
    }

    private struct RotationCase {
        var keyType: KVCacheType
        var valueType: KVCacheType
        var tokens: Int
        var shape: AttentionShape
        var pairs: Int
        var pairing: RoPEPairing

        init(
            _ keyType: KVCacheType, _ valueType: KVCacheType, tokens: Int, _ shape: AttentionShape,
            pairs: Int? = nil, pairing: RoPEPairing = .neighbours
        ) {
            self.keyType = keyType
            self.valueType = valueType
            self.tokens = tokens
            self.shape = shape
            self.pairs = pairs ?? shape.headDim / 2
            self.pairing = pairing
        }

        func label(_ preparation: Preparation) -> String {
            "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(shape.headDim))"
                + (2 * pairs < shape.headDim ? ", \(pairs) pairs" : "") + (pairing == .halves ? " halves" : "")
                + (preparation == .biases ? " biases" : "")
        }
    }

    private enum Preparation { case nothing, biases, norms }

    /// Bit for bit what four to seven plain kernels leave.
    private static func cacheRotationCase(
        _ operation: String, _ c: RotationCase, _ preparation: Preparation
    ) -> CheckCase {
        CheckCase(
            operation: operation, variant: "\(c.keyType.variantName), \(c.valueType.variantName)",
            shape: c.label(preparation), bound: .identical
        ) { trial in
            let sides = RotationSides(trial, c.shape, tokens: c.tokens, c.keyType, c.valueType)
            let angles = RoPETable(positionCount: 2 * c.tokens + 3, dimensionCount: 2 * c.pairs, base: 10_000)
            let table = trial.input(angles.values).bound(to: SIMD2<Float>.self)
            var random = trial.random
            let biases = ProjectedViews(
                q: trial.input(random.floats(c.shape.heads * c.shape.headDim, scale: 2)),
                k: trial.input(random.floats(c.shape.kvDim, scale: 2)),
                v: trial.input(random.floats(c.shape.kvDim, scale: 2)))
            let norms = (
                q: trial.input(random.floats(c.shape.headDim)), k: trial.input(random.floats(c.shape.headDim))
            )
            try trial.run { pass, copy in
                let rotation = CacheRotation(
                    table: table, rows: sides.rows,
                    keys: .init(words: sides.keys.views[copy], type: c.keyType),
                    values: .init(words: sides.values.views[copy], type: c.valueType), shape: c.shape, pairs: c.pairs,
                    pairing: c.pairing)
                let x = ProjectedViews(q: sides.q.views[copy], k: sides.k, v: sides.v)
                let plain = sides.plain(copy)
                switch preparation {
                case .nothing: pass.ropeCacheWrite(x, rotation)
                case .biases:
                    pass.ropeCacheWrite(x, biases: biases, rotation)
                    pass.addBias(plain.q, biases.q)
                    pass.addBias(plain.k, biases.k)
                    pass.addBias(plain.v, biases.v)
                case .norms:
                    pass.qkNormRoPECacheWrite(x, norms: norms, epsilon: 1e-5, rotation)
                    pass.rmsNorm(plain.q, norms.q, into: plain.q, epsilon: 1e-5)
                    pass.rmsNorm(plain.k, norms.k, into: plain.k, epsilon: 1e-5)
                }
                for (x, heads) in [(plain.q, c.shape.heads), (plain.k, c.shape.kvHeads)] {
                    pass.rope(
                        x, table, positions: sides.rows.positions, heads: heads, headDim: c.shape.headDim,
                        pairs: c.pairs, pairing: c.pairing)
                }
                for (x, words, type) in [
                    (plain.k, sides.plainKeys, c.keyType), (plain.v, sides.plainValues, c.valueType),
                ] {
                    pass.cacheWrite(x, sides.rows, into: words.views[copy], type: type, headDim: c.shape.headDim)
                }
            } measure: {
                sides.measure(trial)
            }
        }
    }
}

/// What a fused rotation and the plain kernels each are given and leave.
private struct RotationSides {
    let rows: CacheRows
    let q: Trial.Output<Float>
    let k: View<Float>
    let v: View<Float>
    let keys: Trial.Output<UInt32>
    let values: Trial.Output<UInt32>
    private let plainQ: Trial.Output<Float>
    private let plainK: Trial.Output<Float>
    private let plainV: Trial.Output<Float>
    let plainKeys: Trial.Output<UInt32>
    let plainValues: Trial.Output<UInt32>

    init(
        _ trial: Trial, _ shape: AttentionShape, tokens: Int, _ keyType: KVCacheType, _ valueType: KVCacheType
    ) {
        var random = trial.random
        let queries = random.floats(tokens * shape.heads * shape.headDim, scale: 4)
        let (keyRows, valueRows) = (
            random.floats(tokens * shape.kvDim, scale: 4), random.floats(tokens * shape.kvDim, scale: 4)
        )
        let positions = (0..<tokens).map { 1 + ($0 * 3) % (tokens % 3 == 0 ? tokens + 1 : tokens) }
        let paged = PagedRows(positions: positions, sequences: 2, fillingUp: tokens > 6 ? [tokens / 2] : [])
        rows = paged.input(trial)
        func copied(_ values: [Float]) -> Trial.Output<Float> {
            trial.output(Float.self, count: values.count, initial: values)
        }
        func cache(_ type: KVCacheType) -> Trial.Output<UInt32> {
            let rowWords = shape.kvHeads * type.wordCount(headDim: shape.headDim)
            return trial.output(UInt32.self, count: paged.placeCount * rowWords)
        }
        (q, k, v) = (copied(queries), trial.input(keyRows), trial.input(valueRows))
        (plainQ, plainK, plainV) = (copied(queries), copied(keyRows), copied(valueRows))
        (keys, plainKeys) = (cache(keyType), cache(keyType))
        (values, plainValues) = (cache(valueType), cache(valueType))
    }

    /// What the plain kernels change in place.
    func plain(_ copy: Int) -> ProjectedViews {
        ProjectedViews(q: plainQ.views[copy], k: plainK.views[copy], v: plainV.views[copy])
    }

    func measure(_ trial: Trial) -> Measurement {
        let actual = trial.values(q).map(\.bitPattern) + trial.values(keys) + trial.values(values)
        let expected = trial.values(plainQ).map(\.bitPattern) + trial.values(plainKeys) + trial.values(plainValues)
        return Measurement(actual: actual, expected: expected) { Double(Float(bitPattern: $0)) }
    }
}
