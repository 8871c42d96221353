package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// attended[t][h] = Σ_j softmax_j(q[t][h] · keys[j][g] · scale) · values[j][g] over
    /// positions[t] - window < j ≤ positions[t]. Rows of no sequence become 0.
    ///
    /// - Parameters:
    ///   - q: (tokens, heads, headDim).
    ///   - keys: (pages · pageSize, kvHeads, headDim) of `keyType`; `values` likewise.
    ///   - rows: where each of the tokens belongs.
    ///   - first: the first of the tokens that are computed; the others are decoding rows, see `attentionSplit`.
    ///   - depth: the largest number of cached positions that a token sees, for the declared cost alone.
    ///   - precision: `half` rounds queries, keys, values and weights to f16; the others are exact.
    ///   - attended: (tokens, heads, headDim).
    package mutating func attention(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        rows: CacheRows, from first: Int = 0, shape: AttentionShape, depth: Int,
        precision: PrecisionClass = .exact, into attended: View<Float>
    ) {
        let tokens = rows.count
        precondition(
            q.count == tokens * shape.heads * shape.headDim && attended.count == q.count
                && shape.heads % shape.kvHeads == 0 && shape.headDim % 2 == 0 && shape.window ?? 1 > 0,
            "Attention: \(tokens) tokens of \(shape), q (\(q.count)) into (\(attended.count))")
        // A token's largest part, that of the last one: what is too much for one submission goes into several dispatches.
        let seen = min(depth, shape.window ?? depth)
        var most = max(
            32, Int(device.submissionBudget.limit / (Double(shape.heads * seen) * Double(4 * shape.headDim + 4))))
        let tile = precision == .half ? matrixTile(shape) : nil
        // Whole tiles, of which the others would be computed in vain.
        if let tile { most = Grid.divideRoundingUp(most, tile.queries) * tile.queries }
        for first in stride(from: first, to: tokens, by: most) {
            attention(
                q, keys: keys, keyType, values: values, valueType, rows: rows, first..<min(tokens, first + most),
                shape: shape, depth: depth, tile, precision: precision, into: attended)
        }
    }

    /// How matrix units compute it, where they do.
    private func matrixTile(_ shape: AttentionShape) -> AttentionTile? {
        guard tuning.usesMatrixAttention else { return nil }
        return AttentionTile(headDim: shape.headDim, forced: tuning.forcedTile, on: device)
    }

    /// The same for some of the tokens.
    private mutating func attention(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        rows: CacheRows, _ part: Range<Int>, shape: AttentionShape, depth: Int, _ tile: AttentionTile?,
        precision: PrecisionClass, into attended: View<Float>
    ) {
        let tokens = part.count
        // The last token sees `depth` positions, each one before it one fewer.
        let before = max(1, depth - (rows.count - part.upperBound))
        let cost = Self.promptAttentionCost(tokens, before: before, keyType, valueType, shape)
        let described = "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(shape.headDim)) @ \(before)"
        if let tile {
            return matrixAttention(
                q, keys: keys, keyType, values: values, valueType, rows: rows, part, shape: shape, tile, cost: cost,
                described: described, into: attended)
        }
        // A query of more elements is more than registers hold, and than compilers should unroll. The same for every number
        // of tokens, whose sums would else depend on it.
        let limits = device.description
        let readsTexels =
            tuning.promptAttentionTexels && shape.headDim % 8 == 0 && shape.headDim <= 256
            && limits.maxTexelBufferByteCount >= limits.maxStorageBufferRange
            // An engine's caches are whole pages, which are whole texels; those of an operation that is run again alone are
            // not.
            && [keys, values].allSatisfy { $0.view.byteCount % Buffer.texelByteCount == 0 }
        let lanes = PromptAttentionLanes(shape, tuning, device, readsTexels: readsTexels)
        dispatch(
            Attention(
                .init(
                    keys: keyType.variant(), values: valueType.variant(), fetch: readsTexels ? .texels : .buffer),
                q: .read(q), keys: .read(keys), values: .read(values), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), attended: .write(attended)),
            push: .init(
                firstToken: UInt32(part.lowerBound), endToken: UInt32(part.upperBound), heads: UInt32(shape.heads),
                kvHeads: UInt32(shape.kvHeads), headDim: UInt32(shape.headDim), scale: Float(shape.scale),
                window: UInt32(clamping: shape.window ?? .max)),
            specialize: .init(
                lanes: UInt32(lanes.count), queryLanes: UInt32(lanes.ofQuery), quads: UInt32(lanes.quads),
                blockKeys: UInt32(lanes.blockKeys),
                keyWords: UInt32(keyType.chunkWordCount(headDim: shape.headDim)),
                valueWords: UInt32(valueType.chunkWordCount(headDim: shape.headDim)),
                page: UInt32(rows.pageSize), half: precision == .half),
            over: .workgroups(Grid.divideRoundingUp(tokens, lanes.count / lanes.ofQuery) * shape.heads),
            cost: cost, shape: described)
    }

    /// What so many tokens cost, of which the last sees `before` positions.
    private static func promptAttentionCost(
        _ tokens: Int, before: Int, _ keyType: KVCacheType, _ valueType: KVCacheType, _ shape: AttentionShape
    ) -> Cost {
        var scores = shape.heads * max(tokens, tokens * before - tokens * (tokens - 1) / 2)
        var read = before
        if let window = shape.window, window < before {
            scores = min(scores, shape.heads * tokens * window)
            read = min(before, window + tokens - 1)
        }
        return Cost(
            flops: scores * (4 * shape.headDim + 4),
            bytesRead: 4 * tokens * shape.heads * shape.headDim
                + read * shape.kvHeads
                * (keyType.byteCount(headDim: shape.headDim) + valueType.byteCount(headDim: shape.headDim)),
            bytesWritten: 4 * tokens * shape.heads * shape.headDim)
    }
}

/// How the lanes of a workgroup share the queries of a tile and the keys of a block.
private struct PromptAttentionLanes {
    var count: Int
    /// Lanes of a query.
    var ofQuery: Int
    /// Quads of a lane.
    var quads: Int
    /// Keys of a block.
    var blockKeys: Int

    /// A lane has the elements of its query and as many sums in registers.
    private static let mostQuads = 8
    private static let mostBlockKeys = 32

    init(_ shape: AttentionShape, _ tuning: KernelTuning, _ device: Device, readsTexels: Bool) {
        let headQuads = Grid.divideRoundingUp(shape.headDim, 4)
        count = readsTexels ? device.subgroupSize : max(tuning.promptAttentionLanes, device.subgroupSize)
        ofQuery = 1
        // Intel's lanes have 128 registers or fewer.
        let mostQuads = device.subgroupSize < 32 ? Self.mostQuads / 4 : Self.mostQuads
        while !readsTexels, Grid.divideRoundingUp(headQuads, ofQuery) > mostQuads, ofQuery < device.subgroupSize {
            ofQuery *= 2
        }
        quads = Grid.divideRoundingUp(headQuads, ofQuery)
        // 16 bytes a quad of a key and of a value, in half of what the device has.
        let most = device.description.sharedMemoryByteCount / 2 / (32 * quads * ofQuery)
        blockKeys = 4
        while !readsTexels, blockKeys * 2 <= min(Self.mostBlockKeys, most) { blockKeys *= 2 }
    }
}
