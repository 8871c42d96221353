package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[v][row] = Σ_k weights[row][k] · h[v][k], where h = x / √(mean(x²) + ε) ⊙ norm; every v with the bits that it
    /// has alone.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns); may be joined of several.
    ///   - x: (any, columns), of which the first `count` are normed and multiplied.
    ///   - norm: (columns), the norm's weight.
    ///   - product: (any, rows).
    package mutating func rmsNormMatVec(
        _ weights: WeightMatrix, _ x: View<Float>, norm: View<Float>, epsilon: Float, count: Int = 1,
        into product: View<Float>
    ) {
        precondition(
            x.count >= count * weights.columns && norm.count == weights.columns
                && product.count >= count * weights.rows,
            "RMSNormMatVec: (\(weights.rows), \(weights.columns)) times \(count) of (\(x.count)) into (\(product.count))"
        )
        let vectors = VectorTile(count, of: weights, tuning)
        for shard in weights.shards {
            let gaps = shard.gaps(of: weights.parts)
            dispatch(
                RMSNormMatVec(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), norm: .read(norm), product: .write(product)),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), gap1: gaps.0,
                    gap2: gaps.1, count: UInt32(count), productStride: UInt32(weights.rows),
                    productOffset: UInt32(shard.firstRow), epsilon: epsilon),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(tuning.vectorSplits),
                    rowsPerLane: UInt32(vectors.rowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: tuning.vectorSplits > 1 && device.hasFullSubgroups(of: tuning.productLanes),
                    vectors: UInt32(vectors.count)),
                over: .tiles(
                    rows: shard.rows, by: tuning.productLanes * vectors.rowsPerLane, columns: count,
                    by: vectors.count),
                cost: shard.productCost(rows: shard.rows, tokens: count)
                    + Cost(flops: 3 * count * weights.columns, bytesRead: 4 * weights.columns),
                shape: vectorShape(shard.rows, weights.columns, count))
        }
    }
}
