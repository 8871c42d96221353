package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// attended[t][h] = Σ_j softmax_j(q[t][h] · keys[j][g] / √headDim) · values[j][g] over j ≤ positions[t].
    ///
    /// - Parameters:
    ///   - q: (tokens, heads, headDim).
    ///   - keys: (positions, kvHeads, headDim) of `keyType`; `values` likewise.
    ///   - positions: (tokens).
    ///   - depth: the largest number of cached positions that a token sees, for the declared cost alone.
    ///   - attended: (tokens, heads, headDim).
    package mutating func attention(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        positions: View<UInt32>, shape: AttentionShape, depth: Int, into attended: View<Float>
    ) {
        let tokens = positions.count
        precondition(
            q.count == tokens * shape.heads * shape.headDim && attended.count == q.count
                && shape.heads % shape.kvHeads == 0 && shape.headDim % 2 == 0,
            "Attention: \(tokens) tokens of \(shape), q (\(q.count)) into (\(attended.count))")
        let lanes = device.subgroupSize
        let words = shape.headDim * valueType.elementByteCount / 4
        // The last token sees `depth` positions, each one before it one fewer.
        let scores = shape.heads * max(tokens, tokens * depth - tokens * (tokens - 1) / 2)
        dispatch(
            Attention(
                .init(keys: keyType == .f16 ? .f16 : .f32, values: valueType == .f16 ? .f16 : .f32),
                q: .read(q), keys: .read(keys), values: .read(values), positions: .read(positions),
                attended: .write(attended)),
            push: .init(
                tokens: UInt32(tokens), heads: UInt32(shape.heads), kvHeads: UInt32(shape.kvHeads),
                headDim: UInt32(shape.headDim), scale: Float(1 / Double(shape.headDim).squareRoot())),
            specialize: .init(
                lanes: UInt32(lanes), wordsPerLane: UInt32(Grid.divideRoundingUp(words, lanes))),
            over: .workgroups(tokens * shape.heads),
            cost: Cost(
                flops: scores * (4 * shape.headDim + 4),
                bytesRead: 4 * q.count + depth * shape.kvDim * (keyType.elementByteCount + valueType.elementByteCount),
                bytesWritten: 4 * q.count),
            shape: "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(shape.headDim)) @ \(depth)")
    }
}
