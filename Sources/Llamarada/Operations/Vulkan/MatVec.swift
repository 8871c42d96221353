package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[row] = Σ_k weights[row][k] · x[k].
    ///
    /// - Parameters:
    ///   - weights: (rows, columns); may be joined of several.
    ///   - x: (columns).
    ///   - product: (rows). Rows between joined matrices are left as they are.
    package mutating func matVec(_ weights: WeightMatrix, _ x: View<Float>, into product: View<Float>) {
        precondition(
            x.count == weights.columns && product.count == weights.rows,
            "MatVec: (\(weights.rows), \(weights.columns)) times (\(x.count)) into (\(product.count))")
        let tuning = tuning
        for shard in weights.shards {
            let rows = shard.firstRow..<shard.firstRow + shard.rows
            let gaps = shard.gaps(of: weights.parts)
            dispatch(
                MatVec(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), product: .write(product[rows])),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), gap1: gaps.0,
                    gap2: gaps.1),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(tuning.vectorSplits),
                    rowsPerLane: UInt32(tuning.vectorRowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: tuning.vectorSplits > 1 && device.hasFullSubgroups(of: tuning.productLanes)),
                over: .elements(shard.rows, perGroup: tuning.productLanes * tuning.vectorRowsPerLane),
                cost: shard.productCost(rows: shard.rows, tokens: 1), shape: "(\(shard.rows), \(weights.columns))")
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
    /// A product of some of the shard's rows with `tokens` columns: each weight read once, multiplied and added.
    func productCost(rows: Int, tokens: Int) -> Cost {
        let columns = layout.columns
        let weightByteCount = rows == layout.rows ? layout.byteCount : rows * layout.byteCount / layout.rows
        return Cost(
            flops: 2 * rows * columns * tokens, bytesRead: weightByteCount + 4 * columns * tokens,
            bytesWritten: 4 * rows * tokens)
    }
}
