package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[row] = Σ_k weights[row][k] · x[k].
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (columns).
    ///   - product: (rows).
    package mutating func matVec(_ weights: WeightMatrix, _ x: View<Float>, into product: View<Float>) {
        precondition(
            x.count == weights.columns && product.count == weights.rows,
            "MatVec: (\(weights.rows), \(weights.columns)) times (\(x.count)) into (\(product.count))")
        let tuning = tuning
        for shard in weights.shards {
            let rows = shard.firstRow..<shard.firstRow + shard.rows
            dispatch(
                MatVec(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), product: .write(product[rows])),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), highPlane: shard.highPlane,
                    scalePlane: shard.scalePlane),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(tuning.vectorSplits),
                    rowsPerLane: UInt32(tuning.vectorRowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: tuning.vectorSplits > 1 && device.hasFullSubgroups(of: tuning.productLanes)),
                over: .elements(shard.rows, perGroup: tuning.productLanes * tuning.vectorRowsPerLane),
                cost: shard.productCost(tokens: 1), shape: "(\(shard.rows), \(weights.columns))")
        }
    }

    /// Products of any number of tokens: `matVec` for one, `matMul` for more.
    package mutating func multiply(
        _ weights: WeightMatrix, _ x: View<Float>, tokens: Int, into product: View<Float>
    ) {
        if tokens == 1 {
            matVec(weights, x, into: product)
        } else {
            matMul(weights, x, tokens: tokens, into: product)
        }
    }
}

extension WeightMatrix.Shard {
    /// A product with `tokens` columns: each weight read once, multiplied and added.
    func productCost(tokens: Int) -> Cost {
        let columns = layout.columns
        return Cost(
            flops: 2 * layout.rows * columns * tokens, bytesRead: layout.byteCount + 4 * columns * tokens,
            bytesWritten: 4 * layout.rows * tokens)
    }
}
