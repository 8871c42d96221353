import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Puts together what `attentionSplit` gave for the splits of some heads.
    ///
    /// - Parameters:
    ///   - partials: (heads, splits, headDim + 2).
    ///   - heads: counted over all rows, row by row.
    ///   - attended: (tokens, heads, headDim).
    mutating func attentionCombine(
        _ partials: View<Float>, rows: CacheRows, _ splits: AttentionSplits, heads: Range<Int>, depth: Int,
        into attended: View<Float>
    ) {
        let (shape, lanes) = (splits.shape, tuning.elementwiseLanes)
        let count = heads.count * shape.headDim
        let used = AttentionSplits(shape, reach: depth, tuning).count
        dispatch(
            AttentionCombine(
                partials: .read(partials), positions: .read(rows.positions), tables: .read(rows.tables),
                attended: .write(attended)),
            push: .init(
                count: UInt32(heads.count), firstHead: UInt32(heads.lowerBound), heads: UInt32(shape.heads),
                headDim: UInt32(shape.headDim), window: UInt32(clamping: shape.window ?? .max),
                splits: UInt32(splits.count)),
            specialize: .init(lanes: UInt32(lanes), split: UInt32(splits.positions)),
            over: .elements(count / 2, perGroup: lanes),
            cost: Cost(
                flops: 2 * used * count, bytesRead: 4 * used * (count + 2 * heads.count), bytesWritten: 4 * count),
            shape: "(\(heads.count), \(shape.headDim)) @ \(depth)")
    }
}
