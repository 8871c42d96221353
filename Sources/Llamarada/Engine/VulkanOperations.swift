package import LlamaradaDevice

/// An intermediate tensor in device memory: (rows, columns) of f32, or rows of a cache.
package struct VulkanTensor {
    package var rows: Int
    package var view: View<Float>
    /// Where the tensor is what a cache holds of the step's tokens: `view` then is what went in.
    package var cached: CachedRows?

    package struct CachedRows {
        package var words: View<UInt32>
        package var type: KVCacheType

        package init(words: View<UInt32>, type: KVCacheType) {
            self.words = words
            self.type = type
        }
    }

    package init(rows: Int, view: View<Float>, cached: CachedRows? = nil) {
        self.rows = rows
        self.view = view
        self.cached = cached
    }

    package var columns: Int { view.count / rows }
}

/// What operations of a step need besides their inputs.
package struct VulkanStep {
    /// (rows) token ids, and the position of each.
    var tokens: View<UInt32>
    var positions: View<UInt32>
    /// The largest number of cached positions that a token sees: for declared costs, and where a tap reads the cache.
    var depth: Int

    package init(tokens: View<UInt32>, positions: View<UInt32>, depth: Int) {
        self.tokens = tokens
        self.positions = positions
        self.depth = depth
    }

    var rows: Int { positions.count }
}

/// Records a forward pass for a Vulkan device.
///
/// Rotations, biases, norms of heads, SwiGLU and sums overwrite their first input, so that a layer needs few buffers.
package struct VulkanOperations: ReadableOperations {
    package var pass: Pass
    let weights: VulkanWeights
    /// One half of a layer's cache.
    let cache: (CacheSide, _ layer: Int) -> VulkanTensor.CachedRows
    let angles: View<SIMD2<Float>>
    let step: VulkanStep
    /// The buffer for an activation of (rows, columns).
    let room: (Activation, _ rows: Int, _ columns: Int) throws -> View<Float>
    /// Whether fused kernels are used where there are some.
    let fuses: Bool

    package var fusesNormProducts: Bool { fuses && step.rows == 1 }

    package mutating func apply(
        _ operation: Operation, _ inputs: [VulkanTensor], as point: TapPoint
    ) throws -> VulkanTensor {
        pass.scope = Self.scope(point)
        switch operation {
        case .embedding(let name):
            let table = weights.matrix(name)
            let x = try room(point.activation, step.rows, table.columns)
            pass.embedding(table, step.tokens, into: x)
            return VulkanTensor(rows: step.rows, view: x)
        case .rmsNorm(let name, let epsilon):
            let x = inputs[0]
            let normed = try room(point.activation, x.rows, x.columns)
            pass.rmsNorm(x.view, weights.vector(name), into: normed, epsilon: epsilon)
            return VulkanTensor(rows: x.rows, view: normed)
        case .headNorm(let name, let epsilon):
            pass.rmsNorm(inputs[0].view, weights.vector(name), into: inputs[0].view, epsilon: epsilon)
            return inputs[0]
        case .product(let name):
            let matrix = weights.matrix(name)
            let product = try room(point.activation, inputs[0].rows, matrix.rows)
            pass.multiply(matrix, inputs[0].view, tokens: inputs[0].rows, into: product)
            return VulkanTensor(rows: inputs[0].rows, view: product)
        case .normProduct(let norm, let epsilon, let name):
            let matrix = weights.matrix(name)
            let product = try room(point.activation, inputs[0].rows, matrix.rows)
            pass.rmsNormMatVec(
                matrix, inputs[0].view, norm: weights.vector(norm), epsilon: epsilon, into: product)
            return VulkanTensor(rows: inputs[0].rows, view: product)
        case .bias(let name):
            pass.addBias(inputs[0].view, weights.vector(name))
            return inputs[0]
        case .rope(let heads, let headDim, let pairs, let pairing):
            pass.rope(
                inputs[0].view, angles, positions: step.positions, heads: heads, headDim: headDim, pairs: pairs,
                pairing: pairing)
            return inputs[0]
        case .cacheWrite(let side, let layer):
            let rows = cache(side, layer)
            pass.cacheWrite(inputs[0].view, positions: step.positions, into: rows.words, type: rows.type)
            return VulkanTensor(rows: inputs[0].rows, view: inputs[0].view, cached: rows)
        case .attention(let shape, let layer):
            let (keys, values) = (cache(.keys, layer), cache(.values, layer))
            let attended = try room(point.activation, step.rows, shape.heads * shape.headDim)
            pass.attention(
                inputs[0].view, keys: keys.words, keys.type, values: values.words, values.type,
                positions: step.positions, shape: shape, depth: step.depth, into: attended)
            return VulkanTensor(rows: step.rows, view: attended)
        case .swiGLU:
            pass.swiGLU(gate: inputs[0].view, up: inputs[1].view, into: inputs[0].view)
            return inputs[0]
        case .add:
            pass.add(inputs[0].view, inputs[1].view, into: inputs[0].view)
            return inputs[0]
        case .lastRows(let count):
            let x = inputs[0]
            let wanted = try room(point.activation, count, x.columns)
            pass.copy(x.view[(x.rows - count) * x.columns..<x.view.count], to: wanted)
            return VulkanTensor(rows: count, view: wanted)
        }
    }

    package mutating func normProducts(
        _ x: VulkanTensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [VulkanTensor] {
        guard fusesNormProducts else {
            return try composeNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
        }
        var results: [VulkanTensor] = []
        for product in products {
            let operation = Operation.normProduct(norm: norm, epsilon: epsilon, product.weight)
            results.append(try apply(operation, [x], as: product.point))
        }
        return results
    }

    /// Runs what was recorded so far and reads a tensor back.
    package mutating func read(_ tensor: VulkanTensor) throws -> Matrix {
        let device = pass.device
        let rest = pass
        pass = Pass(device)
        try device.run(rest)
        guard let cached = tensor.cached else {
            return Matrix(rows: tensor.rows, columns: tensor.columns, values: try device.download(tensor.view))
        }
        let rowWords = tensor.columns * cached.type.elementByteCount / 4
        let words = try device.download(cached.words[(step.depth - step.rows) * rowWords..<step.depth * rowWords])
        return Matrix(rows: tensor.rows, columns: tensor.columns, values: CachedValues.floats(words, cached.type))
    }

    /// As profilers and reports show it.
    private static func scope(_ point: TapPoint) -> String {
        if let layer = point.layer { return "layer \(layer)" }
        return point.activation == .embedding ? "embedding" : "head"
    }
}
