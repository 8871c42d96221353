import Llamarada
import LlamaradaDevice

extension Checks {
    /// Every shape with the usual cache, some with the others: pipelines take long to compile on CPUs.
    static let attentionSplit: [CheckCase] =
        splitProblems.map { agreement(.f16, .f16, $0) } + [.f32, .q8_0].map { agreement($0, $0, wide) }
        + KVCacheType.pairs.flatMap { keyType, valueType in
            let isMixed = keyType != valueType
            let problems = isMixed ? problemsOfMixedTypes(keyType, valueType) : problemsOfEachType
            return problems.map { agreement(keyType, valueType, $0) }
                + companies.prefix(isMixed ? 1 : companies.count).map { company(keyType, valueType, $0) }
        }

    /// How many lanes share a key, and how many chunks each has of keys and of values, depends on both types: f16 and q8_0
    /// together, which people use, differ in chunks at a head dimension of 128.
    private static func problemsOfMixedTypes(_ keyType: KVCacheType, _ valueType: KVCacheType) -> [Problem] {
        Array(problemsOfEachType.suffix([keyType, valueType].contains(.f32) ? 1 : 2))
    }

    /// One step of decoding rows at `positions`, by commands that reach `reach` positions.
    private struct Problem {
        var heads: Int
        var kvHeads: Int
        var headDim: Int
        var positions: [Int]
        /// Just deep enough unless given.
        var reach: Int?
        var scale: Float = 3
        var sequences = 1
        var fillingUp: Set<Int> = []
        var window: Int?
        /// Rows that decode, the first ones; all unless given.
        var decoding: Int?
        /// Units that partial results have room for; as many as there are unless given.
        var unitsAtOnce: Int?
        var note = ""

        var shape: AttentionShape {
            AttentionShape(heads: heads, kvHeads: kvHeads, headDim: headDim, window: window)
        }
        var depth: Int { (positions.max() ?? 0) + 1 }
        var rows: PagedRows { PagedRows(positions: positions, sequences: sequences, fillingUp: fillingUp) }
        var name: String {
            "(\(positions.count), \(heads)/\(kvHeads), \(headDim)) @ \(positions[0])"
                + (reach.map { " of \($0)" } ?? "") + (window.map { ", window \($0)" } ?? "")
                + (note.isEmpty ? "" : ", \(note)")
        }
    }

    /// Splits are of 512 positions: before, at and behind their edges, by commands for one split and for several.
    private static let splitProblems =
        [1, 7, 31, 32, 33, 255, 256, 257, 511, 512, 513, 1500].map {
            Problem(heads: 4, kvHeads: 2, headDim: 64, positions: [$0 - 1])
        } + [
            Problem(heads: 4, kvHeads: 2, headDim: 64, positions: [0], reach: 2048),
            Problem(heads: 9, kvHeads: 3, headDim: 64, positions: [512, 40], reach: 4096),
            Problem(heads: 1, kvHeads: 1, headDim: 2, positions: [0, 520]),
            Problem(heads: 5, kvHeads: 1, headDim: 12, positions: [24, 600]),
            Problem(heads: 3, kvHeads: 1, headDim: 80, positions: [40, 514]),
            Problem(heads: 2, kvHeads: 1, headDim: 96, positions: [0, 40]),
            Problem(heads: 8, kvHeads: 2, headDim: 128, positions: [31, 32, 530]),
            Problem(heads: 4, kvHeads: 1, headDim: 256, positions: [66]),
            Problem(heads: 2, kvHeads: 1, headDim: 512, positions: [37]),
            Problem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [8, 70, 0, 33, 17], sequences: 2, fillingUp: [3, 4],
                note: "of 2 sequences"),
            // Windows that begin within a split, at its edge, that reach into a second one, and of one position.
            Problem(heads: 4, kvHeads: 1, headDim: 64, positions: [600, 66, 511], window: 33),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [543, 544, 1100, 8], window: 32),
            Problem(heads: 2, kvHeads: 2, headDim: 12, positions: [1023, 1024, 1025, 1300], window: 512),
            Problem(heads: 2, kvHeads: 2, headDim: 2, positions: [0, 511, 512, 1033], window: 1),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], window: 4096),
            Problem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [700, 3, 560, 559, 561], decoding: 3,
                note: "before rows of a prompt"),
            Problem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [700, 3, 560], unitsAtOnce: 2, note: "in turns"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [540], scale: 0, note: "equal scores"),
            Problem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], scale: 20, note: "one key alone"),
            Problem(heads: 1, kvHeads: 1, headDim: 8, positions: [32_767]),
        ]

    private static let problemsOfEachType = [
        Problem(heads: 6, kvHeads: 2, headDim: 10, positions: [8, 513, 0]),
        Problem(heads: 2, kvHeads: 2, headDim: 70, positions: [5, 33]),
        Problem(
            heads: 4, kvHeads: 2, headDim: 128, positions: [66, 1030], sequences: 2, window: 600),
        Problem(
            heads: 4, kvHeads: 2, headDim: 16, positions: [8, 570, 0, 33, 17, 5, 569], sequences: 3,
            fillingUp: [2, 5], note: "of 3 sequences"),
    ]

    /// With keys and values of one type, since this takes longer still to compile.
    private static let wide = Problem(heads: 4, kvHeads: 1, headDim: 256, positions: [66], window: 33)

    /// Several rows at once, whose bits must be those of each alone, by commands that reach no further than itself.
    private static let companies = [
        Problem(
            heads: 4, kvHeads: 2, headDim: 16, positions: [0, 511, 512, 31, 1100, 300], reach: 4096, sequences: 2,
            fillingUp: [3]),
        Problem(
            heads: 4, kvHeads: 2, headDim: 128, positions: [600, 20, 511, 512], sequences: 4, window: 100,
            unitsAtOnce: 3),
    ]

    private static func agreement(_ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: Problem) -> CheckCase {
        checkCase(keyType, valueType, problem.name, bound: PrecisionClass.exact.product) { trial in
            let inputs = Inputs(trial, keyType, valueType, problem)
            let attended = trial.output(Float.self, count: inputs.queries.count)
            let partials = trial.output(Float.self, count: inputs.partialCount)
            let expected = ExpectedAttention(
                inputs.queries, keys: inputs.cachedKeys.values, values: inputs.cachedValues.values,
                positions: problem.positions, problem.rows, problem.shape)
            let (rows, decoding) = (inputs.rows, problem.decoding ?? problem.positions.count)
            try trial.run { pass, copy in
                inputs.attend(
                    &pass, inputs.q, rows, decoding: decoding, reach: problem.reach ?? problem.depth,
                    partials.views[copy], into: attended.views[copy])
                pass.attention(
                    inputs.q, keys: inputs.keys, keyType, values: inputs.values, valueType, rows: rows, from: decoding,
                    shape: problem.shape, depth: problem.depth, into: attended.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(attended), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }

    private static func company(_ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: Problem) -> CheckCase {
        checkCase(keyType, valueType, problem.name + ", as alone", bound: .identical) { trial in
            let inputs = Inputs(trial, keyType, valueType, problem)
            let (count, width) = (problem.positions.count, problem.shape.heads * problem.headDim)
            let together = trial.output(Float.self, count: count * width)
            let partials = trial.output(Float.self, count: inputs.partialCount)
            let single = (0..<count).map { row in inputs.single(trial, row) }
            let alone = (0..<count).map { _ in trial.output(Float.self, count: width) }
            try trial.run { pass, copy in
                inputs.attend(
                    &pass, inputs.q, inputs.rows, decoding: count, reach: problem.reach ?? problem.depth,
                    partials.views[copy], into: together.views[copy])
                for row in 0..<count {
                    inputs.attend(
                        &pass, single[row].q, single[row].rows, decoding: 1, reach: problem.positions[row] + 1,
                        partials.views[copy], into: alone[row].views[copy])
                }
            } measure: {
                Measurement(
                    actual: trial.values(together).map(\.bitPattern),
                    expected: alone.flatMap { trial.values($0) }.map(\.bitPattern)
                ) { Double(Float(bitPattern: $0)) }
            }
        }
    }

    private static func checkCase(
        _ keyType: KVCacheType, _ valueType: KVCacheType, _ shape: String, bound: ErrorBound,
        body: @escaping @Sendable (Trial) throws -> Void
    ) -> CheckCase {
        CheckCase(
            operation: "AttentionSplit", variant: "\(keyType.variantName), \(valueType.variantName)", shape: shape,
            bound: bound, body: body)
    }

    /// Queries and a cache, and their buffers.
    private struct Inputs {
        let problem: Problem
        let (keyType, valueType): (KVCacheType, KVCacheType)
        let queries: [Float]
        let cachedKeys: CachedValues
        let cachedValues: CachedValues
        let q: View<Float>
        let (keys, values): (View<UInt32>, View<UInt32>)
        let rows: CacheRows
        /// Of the tuning with the smallest splits and the most heads at once.
        let partialCount: Int

        init(_ trial: Trial, _ keyType: KVCacheType, _ valueType: KVCacheType, _ problem: Problem) {
            (self.problem, self.keyType, self.valueType) = (problem, keyType, valueType)
            var random = trial.random
            let (shape, paged) = (problem.shape, problem.rows)
            queries = random.floats(problem.positions.count * shape.heads * shape.headDim, scale: problem.scale)
            cachedKeys = CachedValues(random.floats(paged.placeCount * shape.kvDim), keyType, headDim: shape.headDim)
            cachedValues = CachedValues(
                random.floats(paged.placeCount * shape.kvDim), valueType, headDim: shape.headDim)
            q = trial.input(queries)
            (keys, values) = (trial.input(cachedKeys.words), trial.input(cachedValues.words))
            rows = paged.input(trial)
            let rowCount = problem.positions.count
            partialCount =
                trial.tunings.map { _, tuning in
                    let splits = AttentionSplits(shape, reach: problem.reach ?? problem.depth, tuning)
                    return problem.unitsAtOnce.map { max(1, splits.partialCount(units: $0)) }
                        ?? splits.roomCount(rows: rowCount)
                }.max() ?? 1
        }

        /// One row's query, and where it belongs.
        func single(_ trial: Trial, _ row: Int) -> (q: View<Float>, rows: CacheRows) {
            let width = problem.shape.heads * problem.headDim
            let (position, table) = problem.rows.words(ofRow: row)
            return (
                trial.input(Array(queries[row * width..<(row + 1) * width])),
                CacheRows(
                    positions: trial.input([position]), tables: trial.input([table]), pages: rows.pages,
                    pageSize: rows.pageSize)
            )
        }

        func attend(
            _ pass: inout Pass, _ q: View<Float>, _ rows: CacheRows, decoding: Int, reach: Int,
            _ partials: View<Float>, into attended: View<Float>
        ) {
            pass.attentionSplit(
                q, keys: keys, keyType, values: values, valueType, rows: rows, decoding: decoding,
                shape: problem.shape, reach: reach, depth: min(reach, problem.depth), partials: partials,
                into: attended)
        }
    }
}
