package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[row] = Σ_k weights[row][k] · h[k], where h = x / √(mean(x²) + ε) ⊙ norm.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns); may be joined of several.
    ///   - x: (columns).
    ///   - norm: (columns), the norm's weight.
    ///   - product: (rows).
    package mutating func rmsNormMatVec(
        _ weights: WeightMatrix, _ x: View<Float>, norm: View<Float>, epsilon: Float, into product: View<Float>
    ) {
        precondition(
            x.count == weights.columns && norm.count == x.count && product.count == weights.rows,
            "RMSNormMatVec: (\(weights.rows), \(weights.columns)) times (\(x.count)) into (\(product.count))")
        let tuning = tuning
        for shard in weights.shards {
            let rows = shard.firstRow..<shard.firstRow + shard.rows
            let gaps = shard.gaps(of: weights.parts)
            dispatch(
                RMSNormMatVec(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), norm: .read(norm), product: .write(product[rows])),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), gap1: gaps.0,
                    gap2: gaps.1, epsilon: epsilon),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(tuning.vectorSplits),
                    rowsPerLane: UInt32(tuning.vectorRowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: tuning.vectorSplits > 1 && device.hasFullSubgroups(of: tuning.productLanes)),
                over: .elements(shard.rows, perGroup: tuning.productLanes * tuning.vectorRowsPerLane),
                cost: shard.productCost(rows: shard.rows, tokens: 1) + Cost(flops: 3 * x.count, bytesRead: 4 * x.count),
                shape: "(\(shard.rows), \(weights.columns))")
        }
    }
}
