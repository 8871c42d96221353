import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Attention of some rows of prompts in the half class, by matrix units.
    ///
    /// - Parameters:
    ///   - q: (any, heads, headDim).
    ///   - part: the tokens that are computed.
    ///   - attended: (any, heads, headDim).
    mutating func matrixAttention(
        _ q: View<Float>, keys: View<UInt32>, _ keyType: KVCacheType, values: View<UInt32>, _ valueType: KVCacheType,
        rows: CacheRows, _ part: Range<Int>, shape: AttentionShape, _ tile: AttentionTile, cost: Cost,
        described: String, into attended: View<Float>
    ) {
        dispatch(
            MatrixAttention(
                .init(keys: keyType.variant(), values: valueType.variant()),
                q: .read(q), keys: .read(keys), values: .read(values), positions: .read(rows.positions),
                tables: .read(rows.tables), pages: .read(rows.pages), attended: .write(attended)),
            push: .init(
                firstToken: UInt32(part.lowerBound), endToken: UInt32(part.upperBound), heads: UInt32(shape.heads),
                kvHeads: UInt32(shape.kvHeads), headDim: UInt32(shape.headDim), scale: Float(shape.scale),
                window: UInt32(clamping: shape.window ?? .max)),
            specialize: .init(
                lanes: UInt32(tile.lanes), rowSubgroups: UInt32(tile.rowSubgroups), parts: UInt32(tile.parts),
                blockKeys: UInt32(tile.blockKeys), headDim: UInt32(shape.headDim),
                matrixRows: UInt32(tile.shape.rows), matrixColumns: UInt32(tile.shape.tokens),
                matrixDepth: UInt32(tile.shape.columns), staged: tile.isStaged, page: UInt32(rows.pageSize)),
            over: .workgroups(Grid.divideRoundingUp(part.count, tile.queries) * shape.heads),
            cost: cost, shape: described, subgroupSize: tile.subgroupSize)
    }
}
