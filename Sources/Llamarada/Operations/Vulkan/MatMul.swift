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
        matMul(joined: weights, x, tokens: tokens, into: [product])
    }

    /// Likewise for each of the matrices that `weights` joins, a dispatch each.
    ///
    /// - Parameters:
    ///   - weights: joined matrices of (rowsᵢ, columns).
    ///   - x: (tokens, columns).
    ///   - products: (tokens, rowsᵢ) for each matrix.
    package mutating func matMul(
        joined weights: WeightMatrix, _ x: View<Float>, tokens: Int, into products: [View<Float>]
    ) {
        precondition(
            x.count == tokens * weights.columns && products.map(\.count) == weights.parts.map { tokens * $0.count },
            "MatMul: (\(weights.parts), \(weights.columns)) times \(tokens) tokens of (\(x.count)) into (\(products.map(\.count)))"
        )
        for (part, product) in zip(weights.parts, products) {
            for shard in weights.shards {
                let rows = part.clamped(to: shard.firstRow..<shard.firstRow + shard.rows)
                guard !rows.isEmpty else { continue }
                matMul(weights, shard, rows, of: part, x, tokens: tokens, into: product)
            }
        }
    }

    /// Products of the rows of a part that lie in one shard.
    private mutating func matMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, _ rows: Range<Int>, of part: Range<Int>, _ x: View<Float>,
        tokens: Int, into product: View<Float>
    ) {
        let tuning = tuning
        dispatch(
            MatMul(
                .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                x: .read(x), product: .write(product)),
            push: .init(
                rows: UInt32(rows.count), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                firstRow: UInt32(rows.lowerBound - shard.firstRow), tokens: UInt32(tokens),
                productStride: UInt32(part.count), productOffset: UInt32(rows.lowerBound - part.lowerBound)),
            specialize: .init(
                lanes: UInt32(tuning.productLanes), rowsPerLane: UInt32(tuning.matrixRowsPerLane),
                tokens: UInt32(tuning.matrixTokens), aligned: weights.columns % 4 == 0),
            over: .tiles(
                rows: rows.count, by: tuning.productLanes * tuning.matrixRowsPerLane, columns: tokens,
                by: tuning.matrixTokens),
            cost: shard.productCost(rows: rows.count, tokens: tokens),
            shape: "(\(rows.count), \(weights.columns)) × \(tokens)")
    }
}
