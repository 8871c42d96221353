package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[v][row] = Σ_k weights[row][k] · h[v][k], where h = x / √(mean(x²) + ε) ⊙ norm; every v with the bits that it
    /// has alone.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (any, columns), of which the first `count` are normed and multiplied.
    ///   - norm: (columns), the norm's weight.
    ///   - product: (any, rows).
    package mutating func rmsNormMatVec(
        _ weights: WeightMatrix, _ x: View<Float>, norm: View<Float>, epsilon: Float, count: Int = 1,
        into product: View<Float>
    ) {
        rmsNormMatVec(VectorProducts(weights, count: count, into: [product], tuning), x, norm, epsilon)
    }

    /// Likewise of each matrix that `weights` joins, in one dispatch: every bit is that of the matrix alone.
    ///
    /// - Parameter products: (any, rowsᵢ) for each matrix, all in one buffer.
    package mutating func rmsNormMatVec(
        joined weights: WeightMatrix, _ x: View<Float>, norm: View<Float>, epsilon: Float, count: Int = 1,
        into products: [View<Float>]
    ) {
        rmsNormMatVec(VectorProducts(weights, count: count, into: products, tuning), x, norm, epsilon)
    }

    /// gated[v][row] = gate(g[v][row]) · u[v][row], where g and u are the products of h with both matrices that `weights`
    /// joins; with the bits of two such products and a gate.
    ///
    /// - Parameters:
    ///   - weights: gate and up, both (rows, columns).
    ///   - gated: (any, rows).
    package mutating func rmsNormGatedMatVec(
        _ weights: WeightMatrix, _ x: View<Float>, norm: View<Float>, epsilon: Float, _ gate: Architecture.Gate,
        count: Int = 1, into gated: View<Float>
    ) {
        rmsNormMatVec(VectorProducts(weights, count: count, gatedBy: gate, into: gated, tuning), x, norm, epsilon)
    }

    private mutating func rmsNormMatVec(
        _ products: VectorProducts, _ x: View<Float>, _ norm: View<Float>, _ epsilon: Float
    ) {
        let weights = products.weights
        precondition(
            x.count >= products.count * weights.columns && norm.count == weights.columns,
            "RMSNormMatVec: (\(weights.rows), \(weights.columns)) times \(products.count) of (\(x.count))")
        for shard in weights.shards {
            let place = products.place(shard)
            let splits = tuning.vectorSplits(rows: shard.layout.rows)
            dispatch(
                RMSNormMatVec(
                    .init(
                        weight: .init(named: weights.elementType.name),
                        fetch: readsTexels(shard, x) ? .texels : .buffer), words: .read(shard.words), x: .read(x),
                    norm: .read(norm), product: .write(products.output)),
                push: .init(
                    rows: place.rows, columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), firstRow: place.firstRow,
                    count: UInt32(products.count), end1: place.ends.0, start2: place.starts.0, end2: place.ends.1,
                    start3: place.starts.1, offset1: place.offsets.0, stride1: place.strides.0,
                    offset2: place.offsets.1, stride2: place.strides.1, offset3: place.offsets.2,
                    stride3: place.strides.2, epsilon: epsilon),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(splits),
                    rowsPerLane: UInt32(products.tile.rowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: splitIsSubgroup(splits), vectors: UInt32(products.tile.vectors),
                    fusion: products.fusion.rawValue, sharers: activationSharers(splits)),
                over: products.grid(place, tuning),
                cost: products.cost(shard)
                    + Cost(flops: 3 * products.count * weights.columns, bytesRead: 4 * weights.columns),
                shape: products.shape(shard))
        }
    }
}
