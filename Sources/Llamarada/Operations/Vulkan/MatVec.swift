package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[v][row] = Σ_k weights[row][k] · x[v][k], every v with the bits that it has alone.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (any, columns), of which the first `count` are multiplied.
    ///   - product: (any, rows).
    package mutating func matVec(
        _ weights: WeightMatrix, _ x: View<Float>, count: Int = 1, into product: View<Float>
    ) {
        matVec(VectorProducts(weights, count: count, into: [product], tuning), x)
    }

    /// Likewise of each matrix that `weights` joins, in one dispatch: every bit is that of the matrix alone.
    ///
    /// - Parameter products: (any, rowsᵢ) for each matrix, all in one buffer.
    package mutating func matVec(
        joined weights: WeightMatrix, _ x: View<Float>, count: Int = 1, into products: [View<Float>]
    ) {
        matVec(VectorProducts(weights, count: count, into: products, tuning), x)
    }

    /// sum[v][row] = residual[v][row] + Σ_k weights[row][k] · x[v][k], with the bits of a product and a sum.
    ///
    /// - Parameters:
    ///   - residual: (any, rows).
    ///   - sum: (any, rows); may be `residual`.
    package mutating func matVec(
        _ weights: WeightMatrix, _ x: View<Float>, addedTo residual: View<Float>, count: Int = 1, into sum: View<Float>
    ) {
        matVec(VectorProducts(weights, count: count, addedTo: residual, into: sum, tuning), x)
    }

    /// gated[v][row] = gate(g[v][row]) · u[v][row], where g and u are the products of x with both matrices that `weights`
    /// joins; with the bits of two products and a gate.
    ///
    /// - Parameters:
    ///   - weights: gate and up, both (rows, columns).
    ///   - count: at most `VectorTile.mostGatedVectors`.
    ///   - gated: (any, rows).
    package mutating func gatedMatVec(
        _ weights: WeightMatrix, _ x: View<Float>, _ gate: Architecture.Gate, count: Int = 1, into gated: View<Float>
    ) {
        matVec(VectorProducts(weights, count: count, gatedBy: gate, into: gated, tuning), x)
    }

    private mutating func matVec(_ products: VectorProducts, _ x: View<Float>) {
        let weights = products.weights
        precondition(
            x.count >= products.count * weights.columns,
            "MatVec: (\(weights.rows), \(weights.columns)) times \(products.count) of (\(x.count))")
        for shard in weights.shards {
            let place = products.place(shard)
            let splits = tuning.vectorSplits(rows: shard.layout.rows)
            dispatch(
                MatVec(
                    .init(
                        weight: .init(named: weights.elementType.name),
                        fetch: readsTexels(shard, x) ? .texels : .buffer), words: .read(shard.words), x: .read(x),
                    residual: .read(products.residual ?? x), product: .write(products.output)),
                push: .init(
                    rows: place.rows, columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), firstRow: place.firstRow,
                    count: UInt32(products.count), end1: place.ends.0, start2: place.starts.0, end2: place.ends.1,
                    start3: place.starts.1, offset1: place.offsets.0, stride1: place.strides.0,
                    offset2: place.offsets.1, stride2: place.strides.1, offset3: place.offsets.2,
                    stride3: place.strides.2),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(splits),
                    rowsPerLane: UInt32(products.tile.rowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: splitIsSubgroup(splits), vectors: UInt32(products.tile.vectors),
                    fusion: products.fusion.rawValue, sharers: activationSharers(splits)),
                over: products.grid(place, tuning), cost: products.cost(shard), shape: products.shape(shard))
        }
    }

    /// Whether a subgroup of a matrix-vector kernel is one split's lanes.
    func splitIsSubgroup(_ splits: Int) -> Bool { splits > 1 && device.hasFullSubgroups(of: tuning.productLanes) }

    /// Whether a product reads weights and activations as texels: see `Include/WeightBuffer.glsl` and
    /// `Include/Activations.glsl`.
    func readsTexels(_ weights: WeightMatrix.Shard, _ x: View<Float>) -> Bool {
        readsTexels(weights.words) && readsTexels(x) && weights.layout.columns % 4 == 0
    }

    /// Whether kernels that can do so read a buffer as texels.
    func readsTexels<Element>(_ part: View<Element>) -> Bool {
        tuning.fetchesTexels && part.view.byteCount <= device.description.maxTexelBufferByteCount
            && part.view.byteCount % Buffer.texelByteCount == 0 && part.view.byteOffset % device.texelAlignment == 0
    }

    /// Lanes of a subgroup that share the reading of activations: all that surely take the same steps.
    func activationSharers(_ splits: Int) -> UInt32 {
        splits == 1 ? UInt32(min(device.subgroupSize, tuning.productLanes)) : 1
    }

    /// Products of decoding rows by `matVec`, and of the prompt rows behind them by `matMul`.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (n, columns).
    ///   - product: (n, rows).
    package mutating func multiply(
        _ weights: WeightMatrix, _ x: View<Float>, decoding: Int, of n: Int, into product: View<Float>
    ) {
        if decoding > 0 { matVec(weights, x, count: decoding, into: product) }
        if decoding < n { matMul(weights, x, rows: decoding..<n, into: product) }
    }

    /// One token is a decoding row, several are a prompt.
    package mutating func multiply(
        _ weights: WeightMatrix, _ x: View<Float>, tokens: Int, into product: View<Float>
    ) {
        multiply(weights, x, decoding: tokens == 1 ? 1 : 0, of: tokens, into: product)
    }
}
