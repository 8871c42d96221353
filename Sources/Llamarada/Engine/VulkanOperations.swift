package import LlamaradaDevice

/// An intermediate tensor in device memory: (rows, columns) of f32, or rows of a cache.
package struct VulkanTensor {
    package var rows: Int
    /// How many of the rows, the first ones, are decoding rows.
    package var decoding: Int
    package var view: View<Float>
    /// Where the tensor is what a cache holds of the step's tokens: `view` then is what went in.
    package var cached: CachedRows?

    package struct CachedRows {
        /// (pages · pageSize, kvDim).
        package var words: View<UInt32>
        package var type: KVCacheType
        package var headDim: Int
        /// Whose page tables say where positions lie.
        package var reach: AttentionReach

        package init(words: View<UInt32>, type: KVCacheType, headDim: Int, reach: AttentionReach = .full) {
            self.words = words
            self.type = type
            self.headDim = headDim
            self.reach = reach
        }
    }

    package init(rows: Int, decoding: Int, view: View<Float>, cached: CachedRows? = nil) {
        self.rows = rows
        self.decoding = decoding
        self.view = view
        self.cached = cached
    }

    package var columns: Int { view.count / rows }

    /// A result with the same rows.
    func replaced(by view: View<Float>, cached: CachedRows? = nil) -> VulkanTensor {
        VulkanTensor(rows: rows, decoding: decoding, view: view, cached: cached)
    }
}

/// Which rows of which activations were rounded.
struct RoundedRows: Equatable {
    private let buffer: ObjectIdentifier
    private let bytes: Range<Int>
    private let rows: Range<Int>

    init(_ x: View<Float>, _ rows: Range<Int>) {
        buffer = ObjectIdentifier(x.view.buffer)
        bytes = x.view.byteOffset..<x.view.byteOffset + x.view.byteCount
        self.rows = rows
    }
}

/// Records a forward pass for a Vulkan device.
///
/// Rotations, biases, norms of heads, gates, factors and sums overwrite their first input, so that a layer needs few
/// buffers.
package struct VulkanOperations: ReadableOperations {
    package var pass: Pass
    let weights: VulkanWeights
    /// One half of a layer's cache.
    let cache: (CacheSide, _ layer: Int) -> VulkanTensor.CachedRows
    let angles: VulkanAngles
    let step: VulkanStep
    /// The buffer for an activation of (rows, columns).
    let room: (Activation, _ rows: Int, _ columns: Int) throws -> View<Float>
    /// Room for partial results of attention.
    let partials: View<Float>
    /// Room for rounded activations, with which products of prompts are of another class than the exact one.
    let roundingRoom: RoundedActivations?
    /// What it holds now.
    var rounded: RoundedRows?
    /// What is fused in decoding.
    let fusion: KernelFusion

    package var fusesNormProducts: Bool { fusion.norms && step.decoding > 0 }

    package mutating func apply(
        _ operation: Operation, _ inputs: [VulkanTensor], as point: TapPoint
    ) throws -> VulkanTensor {
        pass.scope = Self.scope(point)
        if case .product = operation {} else { rounded = nil }
        switch operation {
        case .embedding(let name):
            let table = weights.matrix(name)
            let x = try room(point.activation, step.rows, table.columns)
            pass.embedding(table, step.tokens, chosen: step.chosen, into: x)
            return VulkanTensor(rows: step.rows, decoding: step.decoding, view: x)
        case .rmsNorm(let name, let epsilon):
            let x = inputs[0]
            let normed = try room(point.activation, x.rows, x.columns)
            pass.rmsNorm(x.view, weights.vector(name), into: normed, epsilon: epsilon)
            return x.replaced(by: normed)
        case .headNorm(let name, let epsilon):
            pass.rmsNorm(inputs[0].view, weights.vector(name), into: inputs[0].view, epsilon: epsilon)
            return inputs[0]
        case .product(let name):
            let (x, matrix) = (inputs[0], weights.matrix(name))
            let product = try room(point.activation, x.rows, matrix.rows)
            if x.decoding > 0 { pass.matVec(matrix, x.view, count: x.decoding, into: product) }
            multiplyPrompt(matrix, x, into: product, as: point)
            return x.replaced(by: product)
        case .normProduct(let norm, let epsilon, let name):
            let (x, matrix) = (inputs[0], weights.matrix(name))
            let product = try room(point.activation, x.rows, matrix.rows)
            pass.rmsNormMatVec(
                matrix, x.view, norm: weights.vector(norm), epsilon: epsilon, count: x.rows, into: product)
            return x.replaced(by: product)
        case .bias(let name):
            pass.addBias(inputs[0].view, weights.vector(name))
            return inputs[0]
        case .rope(let heads, let headDim, let pairs, let pairing, let reach):
            pass.rope(
                inputs[0].view, angles[reach], positions: step.cacheRows.positions, heads: heads, headDim: headDim,
                pairs: pairs, pairing: pairing)
            return inputs[0]
        case .cacheWrite(let side, let layer):
            let cached = cache(side, layer)
            pass.cacheWrite(
                inputs[0].view, step.rows(cached.reach), into: cached.words, type: cached.type,
                headDim: cached.headDim)
            return inputs[0].replaced(by: inputs[0].view, cached: cached)
        case .attention(let shape, let layer):
            let (keys, values) = (cache(.keys, layer), cache(.values, layer))
            let attended = try room(point.activation, step.rows, shape.heads * shape.headDim)
            pass.attentionSplit(
                inputs[0].view, keys: keys.words, keys.type, values: values.words, values.type,
                rows: step.rows(keys.reach), decoding: step.decoding, shape: shape, reach: step.reach,
                depth: step.depth, partials: partials, into: attended)
            pass.attention(
                inputs[0].view, keys: keys.words, keys.type, values: values.words, values.type,
                rows: step.rows(keys.reach), from: step.decoding, shape: shape, depth: step.depth,
                precision: roundingRoom?.precision ?? .exact, into: attended)
            return inputs[0].replaced(by: attended)
        case .swiGLU:
            pass.swiGLU(gate: inputs[0].view, up: inputs[1].view, into: inputs[0].view)
            return inputs[0]
        case .geGLU:
            pass.geGLU(gate: inputs[0].view, up: inputs[1].view, into: inputs[0].view)
            return inputs[0]
        case .scale(let factor):
            pass.scale(inputs[0].view, by: factor)
            return inputs[0]
        case .add:
            pass.add(inputs[0].view, inputs[1].view, into: inputs[0].view)
            return inputs[0]
        case .wantedRows(let count): return try wantedRows(inputs[0], count, point)
        }
    }

    /// Products of the rows of prompts. Those of the head are exact: they are few, and what they give is chosen from.
    mutating func multiplyPrompt(
        _ matrix: WeightMatrix, _ x: VulkanTensor, into product: View<Float>, as point: TapPoint
    ) {
        let rows = x.decoding..<x.rows
        guard !rows.isEmpty else { return }
        guard let roundingRoom, point.layer != nil, matrix.elementType.serves(roundingRoom.precision) else {
            return pass.matMul(matrix, x.view, rows: rows, into: product)
        }
        let now = RoundedRows(x.view, rows)
        if rounded != now {
            pass.round(x.view, columns: x.columns, rows: rows, into: roundingRoom)
            rounded = now
        }
        pass.matMul(matrix, x.view, rounded: roundingRoom, rows: rows, into: product)
    }

    /// The rows that logits are wanted of: of decoding rows all, which come first, and some of the prompt's.
    private mutating func wantedRows(_ x: VulkanTensor, _ count: Int, _ point: TapPoint) throws -> VulkanTensor {
        if x.decoding == x.rows, count == x.rows { return x }
        let wanted = try room(point.activation, count, x.columns)
        if let indices = step.wanted {
            pass.gatherRows(x.view, indices, into: wanted)
        } else {
            pass.copy(x.view[(x.rows - count) * x.columns..<x.view.count], to: wanted)
        }
        return VulkanTensor(rows: count, decoding: x.decoding, view: wanted)
    }

    /// Runs what was recorded so far and reads a tensor back; of a cache, the rows of one sequence whose pages lie in
    /// order.
    package mutating func read(_ tensor: VulkanTensor) throws -> Matrix {
        let device = pass.device
        let rest = pass
        // Whoever looks may compute in the same room.
        rounded = nil
        pass = Pass(device)
        try device.run(rest)
        guard let cached = tensor.cached else {
            return Matrix(rows: tensor.rows, columns: tensor.columns, values: try device.download(tensor.view))
        }
        let rowWords = tensor.columns / cached.headDim * cached.type.wordCount(headDim: cached.headDim)
        let words = try device.download(cached.words[(step.depth - step.rows) * rowWords..<step.depth * rowWords])
        return Matrix(
            rows: tensor.rows, columns: tensor.columns,
            values: CachedValues.floats(words, cached.type, headDim: cached.headDim))
    }

    /// As profilers and reports show it.
    static func scope(_ point: TapPoint) -> String {
        if let layer = point.layer { return "layer \(layer)" }
        return [.embedding, .embeddingScaled].contains(point.activation) ? "embedding" : "head"
    }
}
