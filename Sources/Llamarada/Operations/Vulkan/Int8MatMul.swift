import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k] in the int8 class for some tokens and one shard.
    ///
    /// - Parameters:
    ///   - bytes: what `int8Rows` made of x.
    ///   - product: (any, rows).
    mutating func int8MatMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, bytes: View<UInt32>, _ tokens: Range<Int>,
        into product: View<Float>
    ) {
        let stride = Int8Row.wordCount(columns: weights.columns)
        precondition(
            bytes.count >= tokens.upperBound * stride,
            "Int8MatMul: \(tokens) of rows of \(stride) words in (\(bytes.count))")
        // Of four columns a word of quants and half of a run's two numbers.
        let tile = ProductTile(
            rows: shard.rows, tokens: tokens.count, weights.elementType, quadByteCount: 6, forced: tuning.forcedTile,
            on: device)
        dispatch(
            Int8MatMul(
                .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                x4: .read(bytes.bound(to: SIMD4<UInt32>.self)),
                product: .write(product)),
            push: .init(
                rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                firstRow: UInt32(shard.rowsBefore), tokens: UInt32(tokens.count),
                firstToken: UInt32(tokens.lowerBound), xStride: UInt32(stride),
                productStride: UInt32(weights.rows), productOffset: UInt32(shard.firstRow)),
            specialize: .init(
                lanes: UInt32(tile.lanes), blockRows: UInt32(tile.rows), blockTokens: UInt32(tile.tokens),
                laneRows: UInt32(tile.laneRows), laneTokens: UInt32(tile.laneTokens),
                slabQuads: UInt32(tile.slabQuads)),
            over: .tiles(rows: shard.rows, by: tile.rows, columns: tokens.count, by: tile.tokens),
            cost: shard.productCost(rows: shard.rows, tokens: tokens.count),
            shape: "(\(shard.rows), \(weights.columns)) × \(tokens.count)")
    }
}
