package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[v][row] = Σ_k weights[row][k] · x[v][k], every v with the bits that it has alone.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns); may be joined of several.
    ///   - x: (any, columns), of which the first `count` are multiplied.
    ///   - product: (any, rows). Rows between joined matrices are left as they are.
    package mutating func matVec(
        _ weights: WeightMatrix, _ x: View<Float>, count: Int = 1, into product: View<Float>
    ) {
        precondition(
            x.count >= count * weights.columns && product.count >= count * weights.rows,
            "MatVec: (\(weights.rows), \(weights.columns)) times \(count) of (\(x.count)) into (\(product.count))")
        let vectors = VectorTile(count, of: weights, tuning)
        for shard in weights.shards {
            let gaps = shard.gaps(of: weights.parts)
            dispatch(
                MatVec(
                    .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words),
                    x: .read(x), product: .write(product)),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3), gap1: gaps.0,
                    gap2: gaps.1, count: UInt32(count), productStride: UInt32(weights.rows),
                    productOffset: UInt32(shard.firstRow)),
                specialize: .init(
                    lanes: UInt32(tuning.productLanes), splits: UInt32(tuning.vectorSplits),
                    rowsPerLane: UInt32(vectors.rowsPerLane), aligned: weights.columns % 4 == 0,
                    splitIsSubgroup: tuning.vectorSplits > 1 && device.hasFullSubgroups(of: tuning.productLanes),
                    vectors: UInt32(vectors.count)),
                over: .tiles(
                    rows: shard.rows, by: tuning.productLanes * vectors.rowsPerLane, columns: count,
                    by: vectors.count),
                cost: shard.productCost(rows: shard.rows, tokens: count),
                shape: vectorShape(shard.rows, weights.columns, count))
        }
    }

    /// "(rows, columns)", and how many vectors where there are several.
    func vectorShape(_ rows: Int, _ columns: Int, _ count: Int) -> String {
        "(\(rows), \(columns))" + (count > 1 ? " × \(count)" : "")
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

/// How many vectors a matrix-vector kernel multiplies at once, and by how many rows a lane.
struct VectorTile {
    let count: Int
    let rowsPerLane: Int

    /// 1, 2, 4 or 8: few pipelines, and at most one vector in two for nothing.
    init(_ count: Int, of weights: WeightMatrix, _ tuning: KernelTuning) {
        self.count = [1, 2, 4].first { $0 >= count } ?? 8
        let hasLongSteps = WeightPacking(weights.elementType).stepColumns >= 64
        rowsPerLane = count == 1 && hasLongSteps ? tuning.longStepRowsPerLane : tuning.vectorRowsPerLane
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
