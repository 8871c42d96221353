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

    init(_ c: ModelConfiguration, capacity: Int, on device: Device) throws(DeviceError) {
        func allocate(_ columns: Int, _ name: String) throws(DeviceError) -> View<Float> {
            try device.allocate(Float.self, count: capacity * columns, name: name)
        }
        self.capacity = capacity
        x = try allocate(c.dim, "x")
        normed = try allocate(c.dim, "normed")
        q = try allocate(c.headCount * c.headDim, "q")
        k = try allocate(c.kvDim, "k")
        v = try allocate(c.kvDim, "v")
        attended = try allocate(c.headCount * c.headDim, "attended")
        projected = try allocate(c.dim, "projected")
        gate = try allocate(c.ffnDim, "gate")
        up = try allocate(c.ffnDim, "up")
    }

    /// The first `rows` rows of the buffer that holds an activation, which lives in no other at the same time.
    func room(_ activation: Activation, rows: Int, columns: Int) -> View<Float> {
        let buffer: View<Float> =
            switch activation {
            case .embedding, .embeddingScaled, .afterAttention, .afterFFN: x
            case .attentionNorm, .postAttentionNorm, .ffnNorm, .postFFNNorm: normed
            case .q, .qBiased, .qNormed, .qRotated: q
            case .k, .kBiased, .kNormed, .kRotated, .kCached: k
            case .v, .vBiased, .vCached: v
            case .attention: attended
            case .attentionOutput, .down: projected
            case .gate, .swiglu, .geglu: gate
            case .up: up
            case .wanted, .finalNorm, .logits: preconditionFailure("\(activation) lies behind the last layer")
            }
        return buffer[0..<rows * columns]
    }
}
