import Llamarada

/// One attention of prompts in the checks: queries at `positions` of a cache that is just deep enough.
struct AttentionProblem {
    var heads: Int
    var kvHeads: Int
    var headDim: Int
    var positions: [Int]
    var scale: Float = 3
    var sequences = 1
    var fillingUp: Set<Int> = []
    var window: Int?
    var scoreScale: Double?
    /// Of the first row's sequence, where a value is not finite.
    var brokenPosition: Int?
    /// What the first position's key scores with every query, others some ±3; its value is 0: a text's first token often
    /// takes nearly all weight.
    var sinkScore: Double?
    /// See `KernelTuning.forcedTile`.
    var tile: Int?
    var note = ""

    var shape: AttentionShape {
        AttentionShape(heads: heads, kvHeads: kvHeads, headDim: headDim, window: window, scale: scoreScale)
    }
    var depth: Int { (positions.max() ?? 0) + 1 }
    var rows: PagedRows { PagedRows(positions: positions, sequences: sequences, fillingUp: fillingUp) }
    /// Whether a row sees what is not finite.
    func seesBroken(row: Int) -> Bool {
        guard let broken = brokenPosition, row % sequences == 0, !fillingUp.contains(row) else { return false }
        return broken <= positions[row] && broken > positions[row] - (window ?? .max)
    }
    var name: String {
        "(\(positions.count), \(heads)/\(kvHeads), \(headDim)) @ \(positions[0])"
            + (note.isEmpty ? "" : " \(note)") + (tile.map { " by tile \($0)" } ?? "")
    }
}

extension AttentionProblem {
    /// Head dimensions of every kind, windows, and several sequences: with the usual cache.
    static let ofEachShape =
        [1, 7, 31, 33, 257].map { AttentionProblem(heads: 4, kvHeads: 2, headDim: 64, positions: [$0 - 1]) } + [
            AttentionProblem(heads: 1, kvHeads: 1, headDim: 2, positions: [0]),
            AttentionProblem(heads: 3, kvHeads: 3, headDim: 2, positions: Array(0..<7)),
            AttentionProblem(heads: 6, kvHeads: 2, headDim: 10, positions: Array(0..<9)),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 12, positions: Array(24..<57)),
            AttentionProblem(heads: 9, kvHeads: 3, headDim: 64, positions: Array(0..<33)),
            unaligned,
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 96, positions: [0, 40]),
            AttentionProblem(heads: 4, kvHeads: 4, headDim: 128, positions: Array(250..<257)),
            AttentionProblem(heads: 8, kvHeads: 2, headDim: 128, positions: [31, 32]),
            AttentionProblem(heads: 1, kvHeads: 1, headDim: 264, positions: [3, 36]),
            AttentionProblem(heads: 1, kvHeads: 1, headDim: 512, positions: [36]),
            // Not in order: each query must take its own position.
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 12, positions: [8, 2, 40, 0, 17, 16, 15]),
            AttentionProblem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [8, 70, 0, 33, 17, 5, 69], sequences: 3,
                fillingUp: [2, 5], note: "of 3 sequences"),
            // Windows that begin within a block, at its edge, with the first position, and of one position.
            AttentionProblem(
                heads: 4, kvHeads: 1, headDim: 256, positions: Array(60..<67), window: 33, note: "window 33"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 12, positions: [31, 32, 47, 63, 8], window: 32, note: "window 32"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 12, positions: [0, 4, 5, 257], window: 5, note: "window 5"),
            AttentionProblem(
                heads: 2, kvHeads: 2, headDim: 2, positions: [0, 1, 32, 33, 77], window: 1, note: "window 1"),
            AttentionProblem(
                heads: 4, kvHeads: 2, headDim: 16, positions: [8, 70, 0, 33, 17, 5, 69], sequences: 3,
                fillingUp: [2, 5], window: 12, note: "of 3 sequences, window 12"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 12, positions: [40], scoreScale: 0.07, note: "scores times 0.07"),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], scale: 0, note: "equal scores"),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 12, positions: [40], scale: 20, note: "one key alone"),
        ] + sinks

    /// Most weight is on a key of no value.
    private static let sinks = [64, 128].map { headDim in
        AttentionProblem(
            heads: 2, kvHeads: 1, headDim: headDim, positions: [255, 256, 300], sinkScore: 14, note: "with a sink")
    }

    /// For matrix units, whose head dimensions are multiples of 16: less than a tile and more, and every tile there is.
    static let ofMatrices =
        [1, 7, 31, 33, 65, 130].map { AttentionProblem(heads: 4, kvHeads: 2, headDim: 64, positions: Array(0..<$0)) }
        + [
            AttentionProblem(heads: 4, kvHeads: 2, headDim: 64, positions: [256]),
            AttentionProblem(heads: 9, kvHeads: 3, headDim: 64, positions: Array(0..<33)),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 16, positions: Array(3..<40)),
            AttentionProblem(heads: 3, kvHeads: 1, headDim: 80, positions: Array(24..<57)),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 96, positions: [0, 40]),
            AttentionProblem(heads: 2, kvHeads: 2, headDim: 112, positions: Array(90..<99)),
            AttentionProblem(heads: 4, kvHeads: 4, headDim: 128, positions: Array(250..<257)),
            AttentionProblem(heads: 8, kvHeads: 2, headDim: 128, positions: [31, 32]),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 192, positions: Array(30..<41)),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 256, positions: Array(0..<41)),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 64, positions: [8, 2, 40, 0, 17, 16, 15]),
            AttentionProblem(
                heads: 4, kvHeads: 1, headDim: 256, positions: Array(60..<67), window: 33, note: "window 33"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 64, positions: [31, 32, 47, 63, 8], window: 32, note: "window 32"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 64, positions: [0, 4, 5, 257], window: 5, note: "window 5"),
            AttentionProblem(
                heads: 2, kvHeads: 2, headDim: 64, positions: [0, 1, 32, 33, 77], window: 1, note: "window 1"),
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 64, positions: [40], scoreScale: 0.07, note: "scores times 0.07"),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 64, positions: [40], scale: 0, note: "equal scores"),
            AttentionProblem(heads: 2, kvHeads: 1, headDim: 64, positions: [40], scale: 20, note: "one key alone"),
        ] + ofEachType + sinks
        + [64, 128, 256].flatMap { headDim in
            (0..<AttentionTile.count).map { tile in
                AttentionProblem(
                    heads: 2, kvHeads: 1, headDim: headDim, positions: Array(20..<93), tile: tile)
            }
        }

    /// Of the exact class with keys and values of one type, whose blocks of 32 values heads of other dimensions share. Few, because
    /// pipelines take long to compile on CPUs.
    static let ofEachCache =
        ofEachType + [
            AttentionProblem(heads: 4, kvHeads: 2, headDim: 64, positions: [256]),
            AttentionProblem(heads: 6, kvHeads: 2, headDim: 10, positions: Array(0..<9)),
            unaligned,
            AttentionProblem(
                heads: 2, kvHeads: 1, headDim: 12, positions: [31, 32, 47, 63, 8], window: 32, note: "window 32"),
        ] + sinks.prefix(1)

    /// As Gemma 3 has them: with keys and values of one type, since this takes longer still to compile.
    static let wide = AttentionProblem(
        heads: 4, kvHeads: 1, headDim: 256, positions: Array(60..<67), window: 33, note: "window 33")

    /// With every type of cache, or with keys and values of one type: several sequences in a tile, rows of none, and a window.
    static let ofEachType = [
        AttentionProblem(
            heads: 4, kvHeads: 2, headDim: 64, positions: [8, 70, 0, 33, 17, 5, 69, 71, 72], sequences: 3,
            fillingUp: [2, 5], note: "of 3 sequences"),
        AttentionProblem(
            heads: 2, kvHeads: 1, headDim: 80, positions: [8, 70, 0, 33, 17, 5, 69], sequences: 3,
            fillingUp: [0, 5], window: 12, note: "of 3 sequences, window 12"),
        AttentionProblem(heads: 2, kvHeads: 1, headDim: 128, positions: Array(29..<40)),
    ]

    /// With keys of one type and values of another, each of which is loaded as where both are of it.
    static let ofMixedTypes = Array(ofEachType.prefix(2))

    /// Likewise in the exact class, once not by texels.
    static let ofMixedCaches = ofMixedTypes + [unaligned]

    /// A head dimension that no chunk divides.
    private static let unaligned = AttentionProblem(heads: 2, kvHeads: 2, headDim: 70, positions: [5, 33])

    /// Rows that must have the bits that they have alone, though others see what is not finite.
    static let companies = [
        AttentionProblem(heads: 2, kvHeads: 1, headDim: 64, positions: Array(15..<50)),
        AttentionProblem(
            heads: 2, kvHeads: 1, headDim: 64, positions: Array(0..<37), brokenPosition: 21,
            note: "with an infinite value"),
        AttentionProblem(
            heads: 2, kvHeads: 1, headDim: 128, positions: [8, 70, 0, 33, 17, 5, 69, 71, 40], sequences: 2,
            fillingUp: [2], window: 30, brokenPosition: 35, note: "of 2 sequences, with an infinite value"),
    ]
}
