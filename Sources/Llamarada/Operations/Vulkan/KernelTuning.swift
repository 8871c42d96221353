package import LlamaradaDevice

/// Tiles, rows and splits by device: the only place that decides them, but for what `MeasuredTuning` found. None changes
/// what is computed, only in what order sums are taken.
package struct KernelTuning: Sendable, Equatable {
    /// Lanes along rows in products; a divisor of the weight tile's 32 rows.
    package var productLanes: Int
    /// Rows that a lane owns in a matrix-vector product.
    package var vectorRowsPerLane: Int
    /// The same where one token is multiplied and a lane takes 64 weights of each row at once: twice the code a row.
    package var longStepRowsPerLane: Int
    /// Lanes that share a row of a matrix-vector product, at least.
    package var vectorSplits: Int
    /// The same at most: matrices of few rows take more, until there are `vectorWaves` waves. See `vectorSplits(rows:)`.
    package var mostVectorSplits: Int
    /// Rows of a lane's register tile in a matrix-matrix product.
    package var matrixRowsPerLane: Int
    /// Tokens of a lane's register tile in a matrix-matrix product: 8, or more of which few tokens take half.
    package var matrixTokens: Int
    /// Whether products of more tokens than such a tile has come from tiles in shared memory: the same bits.
    package var tilesProducts: Bool
    /// Whether products of the half class are those of matrix units: `MatrixUnits` says on which devices.
    package var usesMatrixUnits = false
    /// Whether attention of prompts in the half class is that of matrix units: `AttentionUnits` says on which devices.
    package var usesMatrixAttention = false
    /// Workgroup size of kernels that reduce a row.
    package var reductionLanes: Int
    /// Parts of a row that workgroups reduce side by side, where one has many columns; at most `mostParts`.
    package var rowParts: Int
    /// Workgroup size of the kernel that draws tokens.
    package var samplingLanes: Int
    /// Workgroup size of kernels where each invocation owns elements.
    package var elementwiseLanes: Int
    /// Positions of a split of attention in decoding: as many as the shallowest steps reach, where one split leaves nothing
    /// to be put together.
    package var attentionSplit = 512
    /// Workgroup size of attention in decoding: whole subgroups, fewer where their sums do not fit shared memory.
    package var attentionLanes: Int
    /// Most heads of a group that one workgroup of attention in decoding computes, from one load of keys and values.
    package var attentionHeads: Int
    /// Most keys of a stream of lanes whose loads are under way together.
    package var attentionKeys: Int
    /// Whether attention in prompts reads queries and the cache as texels, in tiles of one subgroup; else from shared
    /// memory, with sums in another order.
    package var promptAttentionTexels: Bool
    /// Workgroup size of attention in prompts: whole subgroups.
    package var promptAttentionLanes: Int
    /// Whether norms are folded into the products of what they norm.
    package var fusesNorms: Bool
    /// The place of the tile of tiled products, or of attention by matrix units, in the list of their shapes; nil takes what
    /// suits the operation. Tests try all.
    package var forcedTile: Int?
    /// Whether products read weights, and attention of decoding rows the cache, as texels, not as storage buffers: the same
    /// bits.
    package var fetchesTexels: Bool

    /// The most parts of a row.
    package static let mostParts = 64
}

extension KernelTuning {
    /// What was measured on the device, else what the tables say.
    package init(_ device: Device) {
        self =
            device.tuningOverride as? KernelTuning
            ?? (device.description.kind == "cpu" ? .narrow(device) : .wide(device))
    }

    /// Workgroups of one subgroup without a barrier, which lavapipe runs best (Mesa 22.3.6, subgroup 8).
    ///
    /// - Weights and, in attention of decoding rows, the cache are read as texels: lavapipe loads those whole, words of a
    ///   storage buffer one after the other, lane by lane.
    /// - Activations are read as texels, too, by lanes that share the work (`Include/Activations.glsl`), so tiles may be low.
    ///   Products of 128 tokens with (512, 1536) run at 73, 84 and 83 GFLOP/s with tiles of 8 × 8, 4 × 8 and 4 × 16 in Q4_1,
    ///   at 67, 70 and 84 in Q6_K, at 80, 67 and 82 in F16.
    /// - Norms are not fused: one is cheap here and its part in every product is not. With and without, the demo model decodes
    ///   equally fast.
    /// - In attention of decoding rows as many heads of a group as there are share a load of keys and values; keys whose
    ///   loads are under way together only take registers: 450 µs with one of (1, 9/3, 64) @ 704, 582 with two, read from
    ///   storage buffers.
    /// - Drawing tokens has workgroups of several subgroups all the same, so that no invocation runs more iterations than
    ///   lavapipe allows: see SampleToken.comp.
    package static func narrow(_ device: Device) -> KernelTuning {
        let subgroup = device.subgroupSize
        return KernelTuning(
            productLanes: min(subgroup, WeightLayout.tileRows), vectorRowsPerLane: 4, longStepRowsPerLane: 4,
            vectorSplits: 1, mostVectorSplits: 1, matrixRowsPerLane: 4, matrixTokens: 16, tilesProducts: false,
            reductionLanes: subgroup,
            rowParts: 1, samplingLanes: max(64, subgroup), elementwiseLanes: max(64, subgroup),
            attentionLanes: subgroup, attentionHeads: 4, attentionKeys: 1, promptAttentionTexels: true,
            promptAttentionLanes: subgroup,
            fusesNorms: false, fetchesTexels: true)
    }

    /// Workgroups of many subgroups, so that a GPU has enough loads under way. Attention in decoding has two heads a
    /// workgroup: more would leave a card without work in models of few heads of keys.
    package static func wide(_ device: Device) -> KernelTuning {
        // Vulkan promises workgroups of 128; nearly every GPU has at least 256.
        let limit = min(256, device.description.maxWorkgroupInvocations)
        // Sums of 8 tokens, and of their squares, meet in shared memory.
        let sharedBytesPerSplit = 4 * 8 * (WeightLayout.tileRows + 1)
        let most = min(
            device.description.maxWorkgroupInvocations / WeightLayout.tileRows,
            device.description.sharedMemoryByteCount / sharedBytesPerSplit)
        return KernelTuning(
            productLanes: WeightLayout.tileRows, vectorRowsPerLane: 1, longStepRowsPerLane: 1,
            vectorSplits: limit / WeightLayout.tileRows, mostVectorSplits: max(limit / WeightLayout.tileRows, most),
            matrixRowsPerLane: 2, matrixTokens: 8, tilesProducts: true, reductionLanes: max(limit, device.subgroupSize),
            rowParts: mostParts, samplingLanes: max(limit, device.subgroupSize),
            elementwiseLanes: max(128, device.subgroupSize),
            attentionLanes: max(limit, device.subgroupSize), attentionHeads: 2, attentionKeys: 4,
            promptAttentionTexels: false, promptAttentionLanes: 128, fusesNorms: true,
            fetchesTexels: false)
    }
}

extension KernelTuning {
    /// Waves that a matrix-vector product wants under way: those of 64 to 128 multiprocessors, 16 to 32 each, so that what
    /// they load covers the memory's latency.
    private static let vectorWaves = 2048

    /// Lanes that share a row of a matrix of so many rows: a power of two more where there are few rows. Products with
    /// matrices that are joined are split alike, and of any number of tokens: sums keep their order.
    ///
    /// - Parameter rows: of the layout that the matrix lies in.
    package func vectorSplits(rows: Int) -> Int {
        var splits = vectorSplits
        while rows * splits < Self.vectorWaves * productLanes, 2 * splits <= mostVectorSplits { splits *= 2 }
        return splits
    }
}

extension Pass {
    /// Tiles and splits of the kernels appended from now on: the device's own unless set.
    package var tuning: KernelTuning {
        get { tuningOverride as? KernelTuning ?? KernelTuning(device) }
        set { tuningOverride = newValue }
    }
}
