import LlamaradaDevice

/// Device memory for the intermediate tensors of one step of at most `capacity` rows.
struct VulkanActivations {
    let capacity: Int
    let x: View<Float>  // (capacity, dim): the residual stream
    let normed: View<Float>  // (capacity, dim)
    let q: View<Float>  // (capacity, heads · headDim)
    let k: View<Float>  // (capacity, kvDim)
    let v: View<Float>  // (capacity, kvDim)
    let attended: View<Float>  // (capacity, heads · headDim)
    let projected: View<Float>  // (capacity, dim): what joins the residual stream
    let gate: View<Float>  // (capacity, ffnDim)
    let up: View<Float>  // (capacity, ffnDim)
    let partials: View<Float>  // of attention's splits
    let rounded: RoundedActivations?  // rows as products of other classes multiply them

    /// - Parameters:
    ///   - reach: how many positions how many decoding rows may see.
    ///   - precision: how products of prompts are computed.
    init(
        _ c: ModelConfiguration, capacity: Int, reach: (rows: Int, positions: Int), precision: PrecisionClass,
        on device: Device
    ) throws(DeviceError) {
        func allocate(_ columns: Int, _ name: String) throws(DeviceError) -> View<Float> {
            try device.allocate(Float.self, count: capacity * columns, name: name)
        }
        self.capacity = capacity
        x = try allocate(c.dim, "x")
        normed = try allocate(c.dim, "normed")
        // In one buffer, so that one dispatch can write all three.
        let columns = [c.headCount * c.headDim, c.kvDim, c.kvDim]
        let starts = Self.starts(columns.map { capacity * $0 })
        let qkv = try device.allocate(Float.self, count: starts[3], name: "q, k and v")
        q = qkv[starts[0]..<starts[0] + capacity * columns[0]]
        k = qkv[starts[1]..<starts[1] + capacity * columns[1]]
        v = qkv[starts[2]..<starts[2] + capacity * columns[2]]
        attended = try allocate(c.headCount * c.headDim, "attended")
        projected = try allocate(c.dim, "projected")
        gate = try allocate(c.ffnDim, "gate")
        up = try allocate(c.ffnDim, "up")
        let splits = AttentionSplits(
            AttentionShape(heads: c.headCount, kvHeads: c.kvHeadCount, headDim: c.headDim), reach: reach.positions,
            KernelTuning(device))
        partials = try device.allocate(
            Float.self, count: splits.roomCount(rows: min(reach.rows, capacity)), name: "partials")
        let widest = max(columns[0], c.dim, c.ffnDim)
        if let count = RoundedActivations.roomCount(precision, rows: capacity, columns: widest) {
            let words = try device.allocate(UInt32.self, count: count, name: "rounded activations")
            rounded = RoundedActivations(precision, in: words)
        } else {
            rounded = nil
        }
    }

    /// Where views of so many elements begin, one behind the other at multiples of 256 bytes, the most that a device may
    /// demand of a binding's offset; then where the last ends.
    private static func starts(_ counts: [Int]) -> [Int] {
        counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + Grid.divideRoundingUp($1, 64) * 64) }
    }

    /// The first `rows` rows of the buffer that holds an activation, which lives in no other at the same time.
    func room(_ activation: Activation, rows: Int, columns: Int) -> View<Float> {
        let buffer: View<Float> =
            switch activation {
            case .embedding, .embeddingScaled, .afterAttention, .afterFFN: x
            case .attentionNorm, .postAttentionNorm, .ffnNorm, .postFFNNorm: normed
            // Attention has read the queries.
            case .q, .qBiased, .qNormed, .qRotated, .wantedAttention: q
            case .k, .kBiased, .kNormed, .kRotated, .kCached: k
            case .v, .vBiased, .vCached: v
            case .attention: attended
            case .attentionOutput, .down: projected
            case .gate, .swiglu, .geglu: gate
            case .up: up
            case .wanted, .finalNorm, .logits: preconditionFailure("\(activation) is of the wanted rows alone")
            }
        return buffer[0..<rows * columns]
    }
}
