import Llamarada
import LlamaradaTensors

extension Checks {
    /// Products of the half class by the plain kernel; those of the exact class are `MatMul`'s, with tunings that tile.
    static let tiledMatMul = halfCases(byMatrixUnits: false)
    /// The same by matrix units.
    static let matrixMatMul = halfCases(byMatrixUnits: true)

    private static func halfCases(byMatrixUnits: Bool) -> [CheckCase] {
        ElementType.allCases.filter(\.servesHalfClass).flatMap { type in
            guard tiledTypes.contains(type) else {
                // What differs is how weights are unpacked, which the exact class checks at every size.
                return [check(HalfProblem(type, 131, type.wholeBlocks(160), 9), byMatrixUnits: byMatrixUnits)]
            }
            let tokens = [1, 9, 64, 2, 65, 17, 33]
            let shapes = productShapes(type).enumerated().map { index, shape in
                HalfProblem(type, shape.rows, shape.columns, tokens[index % tokens.count])
            }
            let counts = [1, 7, 16, 31, 63, 129].map { HalfProblem(type, 131, type.wholeBlocks(160), $0) }
            var shards = HalfProblem(type, 257, type.wholeBlocks(96), 5)
            shards.isInShards = true
            // What rounding itself costs, where there are enough columns for it to be a mean.
            var unrounded = HalfProblem(type, 65, type.wholeBlocks(1536), 17)
            unrounded.isUnrounded = true
            // Every tile that there is, whatever suits the product, with more than one of the largest.
            let tiles = (0..<MatrixTile.count).map { tile in
                var problem = HalfProblem(type, 141, type.wholeBlocks(288), 131)
                problem.tile = tile
                return problem
            }
            return (shapes + counts + tiles + [shards, unrounded]).map { check($0, byMatrixUnits: byMatrixUnits) }
        }
    }

    private struct HalfProblem {
        var type: ElementType
        var (rows, columns, tokens): (Int, Int, Int)
        var isInShards = false
        /// Whether the product is compared with that of the operands as they were.
        var isUnrounded = false
        /// See `KernelTuning.forcedTile`.
        var tile: Int?

        init(_ type: ElementType, _ rows: Int, _ columns: Int, _ tokens: Int) {
            self.type = type
            (self.rows, self.columns, self.tokens) = (rows, columns, tokens)
        }

        func expected(_ weights: some WeightSource, _ x: [Float]) throws -> ExpectedProduct {
            if isUnrounded { return try ExpectedProduct(weights, x, tokens: tokens) }
            let rounded = Reference.halfRows(Matrix(rows: tokens, columns: columns, values: x))
            return try ExpectedProduct(HalfWeights(weights), rounded.values, tokens: tokens)
        }
    }

    private static func check(_ problem: HalfProblem, byMatrixUnits: Bool) -> CheckCase {
        let (rows, columns, tokens) = (problem.rows, problem.columns, problem.tokens)
        var check = CheckCase(
            operation: byMatrixUnits ? "MatrixMatMul" : "TiledMatMul",
            variant: byMatrixUnits ? problem.type.name : "\(problem.type.name), HALF",
            shape: "(\(rows), \(columns)) × \(tokens)" + (problem.isInShards ? " in shards" : "")
                + (problem.isUnrounded ? " against f32" : "") + (problem.tile.map { " by tile \($0)" } ?? ""),
            bound: problem.isUnrounded ? PrecisionClass.half.unroundedProduct : PrecisionClass.half.product,
            // Both tunings take the same tiles for it.
            dependsOnTuning: false
        ) { trial in
            var random = trial.random
            let weights = random.weights(problem.type, rows: rows, columns: columns, .plain)
            let values = random.floats(tokens * columns)
            let expected = try problem.expected(weights, values)
            let x = trial.input(values)
            let matrix = try trial.matrix(
                weights, shardByteCount: problem.isInShards ? LargeWeights.shardByteCount(weights) : .max)
            let halves = trial.output(UInt32.self, count: HalfRow.roomCount(rows: tokens, columns: columns))
            let product = trial.output(Float.self, count: tokens * rows)
            try trial.run { pass, copy in
                pass.halfRows(x, columns: columns, rows: 0..<tokens, into: halves.views[copy])
                pass.tuning.usesMatrixUnits = byMatrixUnits
                pass.tuning.forcedTile = problem.tile
                pass.matMul(
                    matrix, x, halves: halves.views[copy], rows: 0..<tokens, into: product.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(product), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
        check.precision = .half
        if byMatrixUnits { check.isPossible = { MatrixUnits.known($0) != .absent } }
        return check
    }
}

/// Weights as the half class rounds them.
private struct HalfWeights<Weights: WeightSource>: WeightSource {
    private let weights: Weights

    init(_ weights: Weights) { self.weights = weights }

    var rows: Int { weights.rows }
    var columns: Int { weights.columns }

    func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
        try weights.dequantize(range, into: output)
        for index in output.indices { output[index] = Float(KVCacheType.half(output[index])) }
    }
}

extension Checks {
    /// Products of the exact class by every tile, bit for bit those of `MatMul`.
    static let exactTiles: [CheckCase] = tiledTypes.flatMap { type in
        (0..<MatrixTile.count).map { exactTile($0, type) }
    }

    /// Steps of 32 and of 64 columns, and several steps a slab: every tile of every type would take drivers minutes to compile.
    private static let tiledTypes: [ElementType] = [.q4_0, .q4_K, .f16]

    private static func exactTile(_ tile: Int, _ type: ElementType) -> CheckCase {
        let (rows, columns, tokens) = (141, type.wholeBlocks(161), 67)
        return CheckCase(
            operation: "TiledMatMul", variant: "\(type.name), EXACT",
            shape: "(\(rows), \(columns)) × \(tokens) by tile \(tile)", bound: .identical,
            dependsOnTuning: false
        ) { trial in
            var random = trial.random
            let x = trial.input(random.floats(tokens * columns))
            let matrix = try trial.matrix(random.weights(type, rows: rows, columns: columns, .plain))
            let tiled = trial.output(Float.self, count: tokens * rows)
            let plain = trial.output(Float.self, count: tokens * rows)
            try trial.run { pass, copy in
                pass.tuning.forcedTile = tile
                pass.matMul(matrix, x, tokens: tokens, into: tiled.views[copy])
                pass.tuning.forcedTile = nil
                pass.tuning.tilesProducts = false
                pass.matMul(matrix, x, tokens: tokens, into: plain.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(tiled).map(\.bitPattern), expected: trial.values(plain).map(\.bitPattern),
                    value: { Double(Float(bitPattern: $0)) })
            }
        }
    }
}
