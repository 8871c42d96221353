import Llamarada
import LlamaradaTensors

extension Checks {
    /// Products of the half class by the plain kernel; those of the exact class are `MatMul`'s, with tunings that tile.
    static let tiledMatMul = cases(of: .plain)
    /// The same by matrix units.
    static let matrixMatMul = cases(of: .matrixUnits)
    /// Products of the int8 class.
    static let int8MatMul = cases(of: .integers)

    /// What multiplies rounded activations.
    private enum RoundedKernel {
        case plain, matrixUnits, integers

        var precision: PrecisionClass { self == .integers ? .int8 : .half }

        var operation: String {
            switch self {
            case .plain: "TiledMatMul"
            case .matrixUnits: "MatrixMatMul"
            case .integers: "Int8MatMul"
            }
        }

        func variant(_ type: ElementType) -> String { self == .plain ? "\(type.name), HALF" : type.name }
    }

    private static func cases(of kernel: RoundedKernel) -> [CheckCase] {
        ElementType.allCases.filter { $0.serves(kernel.precision) }.flatMap { type in
            guard (kernel == .integers ? integerTypes : tiledTypes).contains(type) else {
                // What differs is how weights are unpacked, which the exact class checks at every size.
                return [check(RoundedProblem(type, 131, type.wholeBlocks(160), 9), by: kernel)]
            }
            let tokens = [1, 9, 64, 2, 65, 17, 33]
            let shapes = productShapes(type).enumerated().map { index, shape in
                RoundedProblem(type, shape.rows, shape.columns, tokens[index % tokens.count])
            }
            let counts = [1, 7, 16, 31, 63, 129].map { RoundedProblem(type, 131, type.wholeBlocks(160), $0) }
            // As in a step behind rows that decode, in a buffer that wider matrices use, too.
            var behind = RoundedProblem(type, 131, type.wholeBlocks(160), 9)
            (behind.firstToken, behind.widest) = (5, 3 * behind.columns)
            var shards = RoundedProblem(type, 257, type.wholeBlocks(96), 5)
            shards.isInShards = true
            // What rounding itself costs, where there are enough columns for it to be a mean.
            var unrounded = RoundedProblem(type, 65, type.wholeBlocks(1536), 17)
            unrounded.isUnrounded = true
            // Every tile that there is, whatever suits the product, with more than one of the largest.
            let tiles = (0..<(kernel == .matrixUnits ? MatrixTile.kinds : MatrixTile.count)).map { tile in
                var problem = RoundedProblem(type, 141, type.wholeBlocks(288), 131)
                problem.tile = tile
                return problem
            }
            return (shapes + counts + tiles + [behind, shards, unrounded]).map { check($0, by: kernel) }
        }
    }

    private struct RoundedProblem {
        var type: ElementType
        var (rows, columns, tokens): (Int, Int, Int)
        /// Tokens before it are left alone.
        var firstToken = 0
        /// Columns of the widest activations that the buffer has room for; this product's unless given.
        var widest: Int?
        var isInShards = false
        /// Whether the product is compared with that of the operands as they were.
        var isUnrounded = false
        /// See `KernelTuning.forcedTile`.
        var tile: Int?

        init(_ type: ElementType, _ rows: Int, _ columns: Int, _ tokens: Int) {
            self.type = type
            (self.rows, self.columns, self.tokens) = (rows, columns, tokens)
        }

        var shape: String {
            "(\(rows), \(columns)) × \(tokens)" + (firstToken > 0 ? " behind \(firstToken)" : "")
                + (isInShards ? " in shards" : "")
                + (isUnrounded ? " against f32" : "") + (tile.map { " by tile \($0)" } ?? "")
        }

        func expected(
            _ weights: some WeightSource, _ values: [Float], _ precision: PrecisionClass
        ) throws -> ExpectedProduct {
            let x = Matrix(rows: tokens, columns: columns, values: values)
            guard !isUnrounded else { return try ExpectedProduct(weights, values, tokens: tokens) }
            switch precision {
            case .exact: return try ExpectedProduct(weights, values, tokens: tokens)
            case .half:
                return try ExpectedProduct(HalfWeights(weights), Reference.halfRows(x).values, tokens: tokens)
            case .int8: return try ExpectedProduct(weights, Reference.int8Rows(x).values, tokens: tokens)
            }
        }
    }

    private static func check(_ problem: RoundedProblem, by kernel: RoundedKernel) -> CheckCase {
        let (rows, columns, tokens) = (problem.rows, problem.columns, problem.tokens)
        let (precision, firstToken) = (kernel.precision, problem.firstToken)
        let range = firstToken..<firstToken + tokens
        var check = CheckCase(
            operation: kernel.operation, variant: kernel.variant(problem.type), shape: problem.shape,
            bound: problem.isUnrounded ? precision.unroundedProduct : precision.product,
            // All tunings take the same tiles for it.
            dependsOnTuning: false
        ) { trial in
            var random = trial.random
            let weights = random.weights(problem.type, rows: rows, columns: columns, .plain)
            let values = random.floats(range.upperBound * columns)
            let expected = try problem.expected(weights, Array(values[(firstToken * columns)...]), precision)
            let x = trial.input(values)
            let matrix = try trial.matrix(
                weights, shardByteCount: problem.isInShards ? LargeWeights.shardByteCount(weights) : .max)
            let room =
                RoundedActivations.roomCount(
                    precision, rows: range.upperBound, columns: problem.widest ?? columns) ?? 0
            let words = trial.output(UInt32.self, count: room)
            let product = trial.output(Float.self, count: range.upperBound * rows)
            try trial.run { pass, copy in
                guard let rounded = RoundedActivations(precision, in: words.views[copy]) else { return }
                pass.round(x, columns: columns, rows: range, into: rounded)
                pass.tuning.usesMatrixUnits = kernel == .matrixUnits
                pass.tuning.forcedTile = problem.tile
                pass.matMul(matrix, x, rounded: rounded, rows: range, into: product.views[copy])
            } measure: {
                let found = trial.values(product)
                let isKept = found.prefix(firstToken * rows).allSatisfy { $0.bitPattern == Trial.poison }
                return Measurement(
                    actual: isKept ? Array(found[(firstToken * rows)...]) : expected.values.map { _ in .nan },
                    expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
        check.precision = precision
        if kernel == .matrixUnits { check.isPossible = { MatrixUnits.known($0) != .absent } }
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

    /// Of the int8 class: signed quants, and runs whose columns lie apart, too.
    private static let integerTypes: [ElementType] = [.q4_0, .q4_K, .q6_K, .iq4_XS]

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
