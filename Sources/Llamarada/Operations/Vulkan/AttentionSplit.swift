package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// What `attention` computes, for the first rows of a step, those that decode: each row's positions are cut into
    /// splits, which occupy a device also where there are few rows.
    ///
    /// - Parameters:
    ///   - q: (tokens, heads, headDim).
    ///   - keys: (pages · pageSize, kvHeads, headDim) of `keyType`; `values` likewise.
    ///   - rows: where each of the tokens belongs.
    ///   - decoding: how many of the rows, the first ones, are computed.
    ///   - reach: positions that any row may see: what the commands must serve.
    ///   - depth: the largest number of cached positions that a row sees, for the declared cost alone.
    ///   - partials: room for partial results: see `AttentionSplits.roomCount`.
    ///   - attended: (tokens, heads, headDim).
    package mutating func attentionSplit(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        rows: CacheRows, decoding: Int, shape: AttentionShape, reach: Int, depth: Int, partials: View<Float>,
        into attended: View<Float>
    ) {
        let splits = AttentionSplits(shape, reach: reach, tuning)
        precondition(
            q.count == rows.count * shape.heads * shape.headDim && attended.count == q.count && decoding <= rows.count
                && shape.heads % shape.kvHeads == 0 && shape.headDim % 2 == 0 && shape.window ?? 1 > 0
                && splits.unitsAtOnce(partials.count) > 0
                && (keys.view.byteOffset | values.view.byteOffset) % 16 == 0,
            "AttentionSplit: \(decoding) of \(rows.count) tokens of \(shape), q (\(q.count)) into (\(attended.count)), "
                + "\(splits.count) splits of \(splits.positions) in (\(partials.count))")
        // What is too much for one submission goes into several dispatches, and so does what has no room.
        let seen = min(depth, shape.window ?? depth)
        let budget = device.submissionBudget.limit / (Double(shape.heads * seen) * Double(4 * shape.headDim + 4))
        let most = min(max(32, Int(budget)) * splits.unitsPerRow, splits.unitsAtOnce(partials.count))
        let units = decoding * splits.unitsPerRow
        for first in stride(from: 0, to: units, by: most) {
            let part = first..<min(units, first + most)
            attentionSplit(
                q, keys: keys, keyType, values: values, valueType, rows: rows, splits, part, seen: seen, depth: depth,
                partials: partials, into: attended)
            if splits.count > 1 {
                attentionCombine(
                    partials, rows: rows, splits,
                    heads: part.lowerBound * splits.headsAtOnce..<part.upperBound * splits.headsAtOnce, depth: depth,
                    into: attended)
            }
        }
    }

    /// The splits of some units of a row and `headsAtOnce` heads.
    private mutating func attentionSplit(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        rows: CacheRows, _ splits: AttentionSplits, _ units: Range<Int>, seen: Int, depth: Int, partials: View<Float>,
        into attended: View<Float>
    ) {
        let shape = splits.shape
        let lanes = AttentionLanes(
            keyType, valueType, headDim: shape.headDim, headsAtOnce: splits.headsAtOnce,
            subgroup: device.subgroupSize, tuning)
        let heads = units.count * splits.headsAtOnce
        let tokens = Grid.divideRoundingUp(units.count, splits.unitsPerRow)
        dispatch(
            AttentionSplit(
                .init(
                    keys: keyType.variant(), values: valueType.variant(),
                    fetch: readsTexels(keys) && readsTexels(values) ? .texels : .buffer),
                q: .read(q), keys: .read(keys), values: .read(values), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), partials: .write(partials),
                attended: .write(attended)),
            push: .init(
                units: UInt32(units.count), firstUnit: UInt32(units.lowerBound), heads: UInt32(shape.heads),
                kvHeads: UInt32(shape.kvHeads), headDim: UInt32(shape.headDim), scale: Float(shape.scale),
                window: UInt32(clamping: shape.window ?? .max), splits: UInt32(splits.count)),
            specialize: .init(
                lanes: UInt32(lanes.subgroups * device.subgroupSize), subgroup: UInt32(device.subgroupSize),
                keyLanes: UInt32(lanes.keyLanes), keysAtOnce: UInt32(lanes.keysAtOnce),
                heads: UInt32(splits.headsAtOnce), keyWords: UInt32(lanes.keyWords),
                valueWords: UInt32(lanes.valueWords), keyChunks: UInt32(lanes.keyChunks),
                valueChunks: UInt32(lanes.valueChunks), split: UInt32(splits.positions), page: UInt32(rows.pageSize)),
            over: .workgroups(units.count * splits.count),
            // Each row has a sequence of its own.
            cost: Cost(
                flops: heads * seen * (4 * shape.headDim + 4),
                bytesRead: 4 * heads * shape.headDim
                    + tokens * seen * shape.kvHeads
                    * (keyType.byteCount(headDim: shape.headDim) + valueType.byteCount(headDim: shape.headDim)),
                bytesWritten: 4 * heads * shape.headDim),
            shape: "(\(tokens), \(shape.heads)/\(shape.kvHeads), \(shape.headDim)) @ \(depth)")
    }
}
