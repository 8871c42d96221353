package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k].
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (tokens, columns).
    ///   - product: (tokens, rows).
    package mutating func matMul(
        _ weights: WeightMatrix, _ x: View<Float>, tokens: Int, into product: View<Float>
    ) {
        precondition(
            x.count == tokens * weights.columns && product.count == tokens * weights.rows,
            "MatMul: (\(weights.rows), \(weights.columns)) times \(tokens) tokens of (\(x.count)) into (\(product.count))"
        )
        let tuning = tuning
        for shard in weights.shards {
            dispatch(
                MatMul(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), product: .write(product)),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), highPlane: shard.highPlane,
                    scalePlane: shard.scalePlane, tokens: UInt32(tokens), productStride: UInt32(weights.rows),
                    productOffset: UInt32(shard.firstRow)),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), rowsPerLane: UInt32(tuning.matrixRowsPerLane),
                    tokens: UInt32(tuning.matrixTokens), aligned: weights.columns % 4 == 0),
                over: .tiles(
                    rows: shard.rows, by: tuning.productLanes * tuning.matrixRowsPerLane, columns: tokens,
                    by: tuning.matrixTokens),
                cost: shard.productCost(tokens: tokens), shape: "(\(shard.rows), \(weights.columns)) × \(tokens)")
        }
    }
}
