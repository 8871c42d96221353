import Glibc
import Llamarada
import LlamaradaDevice

extension Checks {
    /// Attention of prompts by the kernel that serves everywhere, in the exact class and in that of half.
    static let attention: [CheckCase] =
        AttentionProblem.ofEachShape.map { attentionCase(.exact, .f16, .f16, $0) }
        + KVCacheType.pairs.dropFirst().flatMap { keyType, valueType in
            (keyType == valueType ? AttentionProblem.ofEachCache : AttentionProblem.ofMixedCaches).map {
                attentionCase(.exact, keyType, valueType, $0)
            }
        }
        + [.f32, .q8_0].map { attentionCase(.exact, $0, $0, .wide) }
        + AttentionProblem.ofEachShape.map { attentionCase(.half, .f16, .f16, $0) }
        + KVCacheType.pairs.dropFirst().flatMap { keyType, valueType in
            (keyType == valueType ? AttentionProblem.ofEachType : AttentionProblem.ofMixedTypes).map {
                attentionCase(.half, keyType, valueType, $0)
            }
        }
        + [AttentionKernel.exact, .half].flatMap { kernel in
            AttentionProblem.companies.map { attentionCompany(kernel, .f16, .f16, $0) }
        }

    /// Attention of prompts by matrix units, which is of the half class.
    static let matrixAttention: [CheckCase] =
        AttentionProblem.ofMatrices.map { attentionCase(.matrixUnits, .f16, .f16, $0) }
        + KVCacheType.pairs.dropFirst().flatMap { keyType, valueType in
            AttentionProblem.ofEachType.map { attentionCase(.matrixUnits, keyType, valueType, $0) }
        }
        + KVCacheType.allCases.flatMap { type in
            AttentionProblem.companies.map { attentionCompany(.matrixUnits, type, type, $0) }
        }

    /// What computes attention of prompts.
    private enum AttentionKernel {
        case exact, half, matrixUnits

        var precision: PrecisionClass { self == .exact ? .exact : .half }

        func check(
            _ keyType: KVCacheType, _ valueType: KVCacheType, _ shape: String, headDim: Int, bound: ErrorBound,
            dependsOnTuning: Bool, body: @escaping @Sendable (Trial) throws -> Void
        ) -> CheckCase {
            var check = CheckCase(
                operation: self == .matrixUnits ? "MatrixAttention" : "Attention",
                variant: "\(keyType.variantName), \(valueType.variantName)" + (self == .half ? ", HALF" : ""),
                shape: shape, bound: bound, dependsOnTuning: self != .matrixUnits && dependsOnTuning, body: body)
            check.precision = precision
            if self == .matrixUnits { check.isPossible = { AttentionUnits.known($0, headDim: headDim) != .absent } }
            return check
        }

        func attend(
            _ pass: inout Pass, _ inputs: AttentionInputs, rows: CacheRows, q: View<Float>, depth: Int,
            into attended: View<Float>
        ) {
            pass.tuning.usesMatrixAttention = self == .matrixUnits
            pass.tuning.forcedTile = inputs.problem.tile
            pass.attention(
                q, keys: inputs.keys, inputs.keyType, values: inputs.values, inputs.valueType, rows: rows,
                shape: inputs.problem.shape, depth: depth, precision: precision, into: attended)
        }
    }

    private static func attentionCase(
        _ kernel: AttentionKernel, _ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: AttentionProblem
    ) -> CheckCase {
        kernel.check(
            keyType, valueType, problem.name, headDim: problem.headDim, bound: kernel.precision.attention,
            // Which types are mixed changes no tile.
            dependsOnTuning: keyType == valueType
        ) { trial in
            let inputs = AttentionInputs(trial, keyType, valueType, problem)
            let expected = inputs.expected(kernel.precision)
            let attended = trial.output(Float.self, count: inputs.queries.count)
            try trial.run { pass, copy in
                kernel.attend(
                    &pass, inputs, rows: inputs.rows, q: inputs.q, depth: problem.depth, into: attended.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(attended), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }

    /// Several rows at once, whose bits must be those of each alone, by a pass that reaches no further than itself. Rows that
    /// see what is not finite must show it, whatever the NaN.
    private static func attentionCompany(
        _ kernel: AttentionKernel, _ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: AttentionProblem
    ) -> CheckCase {
        kernel.check(
            keyType, valueType, problem.name + ", as alone", headDim: problem.headDim, bound: .identical,
            dependsOnTuning: true
        ) { trial in
            let inputs = AttentionInputs(trial, keyType, valueType, problem)
            let (count, width) = (problem.positions.count, problem.heads * problem.headDim)
            let together = trial.output(Float.self, count: count * width)
            let single = (0..<count).map { inputs.single(trial, $0) }
            let alone = (0..<count).map { _ in trial.output(Float.self, count: width) }
            func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isFinite ? $0.bitPattern : .max } }
            try trial.run { pass, copy in
                kernel.attend(
                    &pass, inputs, rows: inputs.rows, q: inputs.q, depth: problem.depth, into: together.views[copy])
                for row in 0..<count {
                    kernel.attend(
                        &pass, inputs, rows: single[row].rows, q: single[row].q, depth: problem.positions[row] + 1,
                        into: alone[row].views[copy])
                }
            } measure: {
                var expected = bits(alone.flatMap { trial.values($0) })
                for index in expected.indices {
                    let shows =
                        problem.seesBroken(row: index / width)
                        && (kernel == .matrixUnits || index % problem.headDim == problem.headDim / 2)
                    // What sees what is not finite must show it, and nothing else.
                    if shows != (expected[index] == .max) { expected[index] = shows ? .max : 0x7FC0_0000 }
                }
                return Measurement(actual: bits(trial.values(together)), expected: expected) {
                    $0 == .max ? 1e30 : Double(Float(bitPattern: $0))
                }
            }
        }
    }
}

/// Queries and a cache, and their buffers.
struct AttentionInputs {
    let problem: AttentionProblem
    let (keyType, valueType): (KVCacheType, KVCacheType)
    let queries: [Float]
    private let (cachedKeys, cachedValues): (CachedValues, CachedValues)
    let q: View<Float>
    let (keys, values): (View<UInt32>, View<UInt32>)
    let rows: CacheRows

    init(_ trial: Trial, _ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: AttentionProblem) {
        (self.problem, self.keyType, self.valueType) = (problem, keyType, valueType)
        var random = trial.random
        let (shape, paged) = (problem.shape, problem.rows)
        var queries = random.floats(problem.positions.count * shape.heads * shape.headDim, scale: problem.scale)
        var keys = random.floats(paged.placeCount * shape.kvDim)
        var values = random.floats(paged.placeCount * shape.kvDim)
        if let sink = problem.sinkScore {
            // By the first element of queries and keys alone.
            for index in stride(from: 0, to: queries.count, by: shape.headDim) { queries[index] = 4 }
            for index in stride(from: 0, to: keys.count, by: shape.headDim) { keys[index] = 0 }
            for row in problem.positions.indices {
                let first = paged.place(of: 0, ofRow: row) * shape.kvDim
                for index in first..<first + shape.kvDim { (keys[index], values[index]) = (0, 0) }
                for index in stride(from: first, to: first + shape.kvDim, by: shape.headDim) {
                    keys[index] = Float(sink / (4 * shape.scale))
                }
            }
        }
        self.queries = queries
        cachedKeys = CachedValues(keys, keyType, headDim: shape.headDim)
        if let broken = problem.brokenPosition {
            values[paged.place(of: broken, ofRow: 0) * shape.kvDim + shape.headDim / 2] = .infinity
        }
        cachedValues = CachedValues(values, valueType, headDim: shape.headDim)
        q = trial.input(queries)
        (self.keys, self.values) = (trial.input(cachedKeys.words), trial.input(cachedValues.words))
        rows = paged.input(trial)
    }

    /// In f64, on operands as a class rounds them.
    func expected(_ precision: PrecisionClass) -> ExpectedAttention {
        guard precision == .half else {
            return ExpectedAttention(
                queries, keys: cachedKeys.values, values: cachedValues.values, positions: problem.positions,
                problem.rows, problem.shape)
        }
        func rounded(_ values: [Float]) -> [Float] { values.map { Float(KVCacheType.half($0)) } }
        var shape = problem.shape
        let scaled = queries.map { $0 * Float(shape.scale) }
        shape.scale = 1
        return ExpectedAttention(
            rounded(scaled), keys: rounded(cachedKeys.values), values: rounded(cachedValues.values),
            positions: problem.positions, problem.rows, shape)
    }

    /// A row by itself.
    func single(_ trial: Trial, _ row: Int) -> (q: View<Float>, rows: CacheRows) {
        let width = problem.heads * problem.headDim
        let (position, table) = problem.rows.words(ofRow: row)
        return (
            trial.input(Array(queries[row * width..<(row + 1) * width])),
            CacheRows(
                positions: trial.input([position]), tables: trial.input([table]), pages: rows.pages,
                pageSize: rows.pageSize)
        )
    }
}

/// Attention in f64 on the cached values, with Σ pⱼ|vⱼ| beside every Σ pⱼvⱼ.
struct ExpectedAttention {
    var values: [Double]
    var magnitudes: [Double]

    init(
        _ q: [Float], keys: [Float], values: [Float], positions: [Int], _ rows: PagedRows, _ shape: AttentionShape
    ) {
        self.values = [Double](repeating: 0, count: q.count)
        magnitudes = self.values
        let headDim = shape.headDim
        for (token, position) in positions.enumerated() where !rows.isFillingUp(token) {
            let first = position - min(position, (shape.window ?? .max) - 1)
            let places = (first...position).map { rows.place(of: $0, ofRow: token) }
            for head in 0..<shape.heads {
                let query = (token * shape.heads + head) * headDim
                let offset = head / (shape.heads / shape.kvHeads) * headDim
                let scores = places.map { row in
                    (0..<headDim).reduce(0.0) {
                        $0 + Double(q[query + $1]) * Double(keys[row * shape.kvDim + offset + $1])
                    } * shape.scale
                }
                let largest = scores.max() ?? 0
                let weights = scores.map { exp($0 - largest) }
                let total = weights.reduce(0, +)
                for (row, weight) in zip(places, weights) {
                    for d in 0..<headDim {
                        let term = weight / total * Double(values[row * shape.kvDim + offset + d])
                        self.values[query + d] += term
                        magnitudes[query + d] += abs(term)
                    }
                }
            }
        }
    }
}
