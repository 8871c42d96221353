package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k], every t with the bits that it has alone.
    ///
    /// - Parameters:
    ///   - weights: (rows, columns).
    ///   - x: (tokens, columns).
    ///   - product: (tokens, rows).
    package mutating func matMul(
        _ weights: WeightMatrix, _ x: View<Float>, tokens: Int, into product: View<Float>
    ) {
        matMul(weights, x, rows: 0..<tokens, into: product)
    }

    /// Likewise for some of the tokens alone: the others' products are left as they are.
    ///
    /// - Parameter rounded: what was made of x for a class other than the exact one, which the product then is of.
    package mutating func matMul(
        _ weights: WeightMatrix, _ x: View<Float>, rounded: RoundedActivations? = nil, rows tokens: Range<Int>,
        into product: View<Float>
    ) {
        precondition(
            weights.parts.count == 1 && x.count >= tokens.upperBound * weights.columns
                && product.count >= tokens.upperBound * weights.rows,
            "MatMul: (\(weights.parts), \(weights.columns)) times \(tokens) of (\(x.count)) into (\(product.count))")
        for shard in weights.shards {
            // What is too much for one submission goes into several dispatches, each of whole tiles.
            let most = max(
                tuning.matrixTokens,
                device.submissionBudget.tokens(rows: shard.rows, columns: weights.columns) / tuning.matrixTokens
                    * tuning.matrixTokens)
            for first in stride(from: tokens.lowerBound, to: tokens.upperBound, by: most) {
                let part = first..<min(tokens.upperBound, first + most)
                if let rounded {
                    matMul(weights, shard, rounded, part, into: product)
                } else if tuning.forcedTile != nil || tuning.tilesProducts && part.count > tuning.matrixTokens {
                    tiledMatMul(weights, shard, x, part, into: product)
                } else {
                    matMul(weights, shard, x, part, into: product)
                }
            }
        }
    }

    private mutating func matMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, _ x: RoundedActivations, _ tokens: Range<Int>,
        into product: View<Float>
    ) {
        switch x {
        case .bytes(let bytes): int8MatMul(weights, shard, bytes: bytes, tokens, into: product)
        case .halves(let halves):
            if tuning.usesMatrixUnits,
                let tile = MatrixTile(
                    rows: shard.rows, tokens: tokens.count, weights.elementType, forced: tuning.forcedTile, on: device)
            {
                matrixMatMul(weights, shard, halves: halves, tile, tokens, into: product)
            } else {
                tiledMatMul(weights, shard, halves: halves, tokens, into: product)
            }
        }
    }

    private mutating func matMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, _ x: View<Float>, _ tokens: Range<Int>,
        into product: View<Float>
    ) {
        let tuning = tuning
        let tileTokens = tuning.matrixTokens(of: tokens.count)
        dispatch(
            MatMul(
                .init(
                    weight: .init(named: weights.elementType.name),
                    fetch: readsTexels(shard, x) ? .texels : .buffer), words: .read(shard.words),
                x: .read(x), product: .write(product)),
            push: .init(
                rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                firstRow: UInt32(shard.rowsBefore), tokens: UInt32(tokens.count),
                firstToken: UInt32(tokens.lowerBound), productStride: UInt32(weights.rows),
                productOffset: UInt32(shard.firstRow)),
            specialize: .init(
                lanes: UInt32(tuning.productLanes), rowsPerLane: UInt32(tuning.matrixRowsPerLane),
                tokens: UInt32(tileTokens), aligned: weights.columns % 4 == 0, sharers: activationSharers(1)),
            over: .tiles(
                rows: shard.rows, by: tuning.productLanes * tuning.matrixRowsPerLane, columns: tokens.count,
                by: tileTokens),
            cost: shard.productCost(rows: shard.rows, tokens: tokens.count),
            shape: "(\(shard.rows), \(weights.columns)) × \(tokens.count)")
    }
}

extension KernelTuning {
    /// Tokens of a tile where so many are multiplied. One, the last of a prompt in the last layer and at the head, has a tile
    /// of its own, and few that would leave half of a large one for nothing; more forms would take time to compile.
    fileprivate func matrixTokens(of tokens: Int) -> Int {
        guard tokens > 1 else { return 1 }
        return tokens < 4 * matrixTokens && 1...8 ~= tokens % matrixTokens ? min(8, matrixTokens) : matrixTokens
    }
}

extension SubmissionBudget {
    /// How many tokens' products with a matrix fit one submission.
    fileprivate func tokens(rows: Int, columns: Int) -> Int {
        Int(min(limit / (2 * Double(rows) * Double(columns)), 1e9))
    }
}
