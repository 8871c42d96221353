package import Llamarada
import LlamaradaDevice

/// Runs single operations of a model, apart from any pass.
package protocol OperationReplay {
    /// The output of the operation at `point` on `input`: (tokens, columns).
    func replay(_ point: TapPoint, _ input: OperationInput, positions: [Int]) throws -> Matrix
}

/// A model's operations one at a time on a Vulkan device, with the kernels and weights of its forward pass, in buffers
/// of their own.
package struct VulkanReplay: OperationReplay {
    private let model: VulkanTransformer
    private var device: Device { model.device }

    package init(_ model: VulkanTransformer) { self.model = model }

    package func replay(_ point: TapPoint, _ input: OperationInput, positions: [Int]) throws -> Matrix {
        switch input {
        case .tokens(let tokens):
            let ids = try upload(tokens.map { UInt32($0) }, "replayed tokens")
            return try run(point, rows: tokens.count, columns: model.configuration.dim) { pass, output in
                pass.embedding(model.weights.tokenEmbedding, ids, into: output)
            }
        case .one(let x): return try replay(point, x, positions)
        case .two(let a, let b): return try replay(point, a, b)
        case .attention(let q, let keys, let values):
            return try attention(point, q, keys: keys, values: values, positions)
        }
    }

    private func replay(_ point: TapPoint, _ x: Matrix, _ positions: [Int]) throws -> Matrix {
        let layer = point.layer.map { model.weights.layers[$0] }
        let c = model.configuration
        switch point.operation {
        case .attentionNorm: return try norm(point, x, layer?.attentionNorm)
        case .ffnNorm: return try norm(point, x, layer?.ffnNorm)
        case .finalNorm: return try norm(point, x, model.weights.outputNorm)
        case .q: return try product(point, x, layer?.query)
        case .k: return try product(point, x, layer?.key)
        case .v: return try product(point, x, layer?.value)
        case .attentionOutput: return try product(point, x, layer?.attentionOutput)
        case .gate: return try product(point, x, layer?.gate)
        case .up: return try product(point, x, layer?.up)
        case .down: return try product(point, x, layer?.down)
        case .logits: return try product(point, x, model.weights.output)
        case .qRotated: return try rotate(point, x, heads: c.headCount, positions)
        case .kRotated: return try rotate(point, x, heads: c.kvHeadCount, positions)
        case .kCached: return try cache(point, x, model.cache.keyType, positions)
        case .vCached: return try cache(point, x, model.cache.valueType, positions)
        case .embedding, .attention, .afterAttention, .swiglu, .afterFFN:
            preconditionFailure("\(point) on one tensor")
        }
    }

    /// In place where the forward pass works in place, so that aliasing is tested too.
    private func replay(_ point: TapPoint, _ a: Matrix, _ b: Matrix) throws -> Matrix {
        let second = try upload(b.values, "replayed input")
        return try run(point, inPlace: a) { pass, output in
            if point.operation == .swiglu {
                pass.swiGLU(gate: output, up: second, into: output)
            } else {
                pass.add(output, second, into: output)
            }
        }
    }

    private func norm(_ point: TapPoint, _ x: Matrix, _ weight: View<Float>?) throws -> Matrix {
        guard let weight else { preconditionFailure("\(point) without a layer") }
        let epsilon = model.configuration.normEpsilon
        if point.operation == .finalNorm {
            return try run(point, inPlace: x) { $0.rmsNorm($1, weight, into: $1, epsilon: epsilon) }
        }
        let input = try upload(x.values, "replayed input")
        return try run(point, rows: x.rows, columns: x.columns) {
            $0.rmsNorm(input, weight, into: $1, epsilon: epsilon)
        }
    }

    private func product(_ point: TapPoint, _ x: Matrix, _ weight: WeightMatrix?) throws -> Matrix {
        guard let weight else { preconditionFailure("\(point) without a layer") }
        let input = try upload(x.values, "replayed input")
        return try run(point, rows: x.rows, columns: weight.rows) {
            $0.multiply(weight, input, tokens: x.rows, into: $1)
        }
    }

    private func rotate(_ point: TapPoint, _ x: Matrix, heads: Int, _ positions: [Int]) throws -> Matrix {
        let places = try upload(positions.map { UInt32($0) }, "replayed positions")
        return try run(point, inPlace: x) {
            $0.rope(
                $1, model.angles, positions: places, heads: heads, headDim: model.configuration.headDim,
                pairs: model.pairs)
        }
    }

    /// Into a cache of the pass's rows alone.
    private func cache(_ point: TapPoint, _ x: Matrix, _ type: KVCacheType, _ positions: [Int]) throws -> Matrix {
        let input = try upload(x.values, "replayed input")
        let rows = try upload((0..<positions.count).map { UInt32($0) }, "replayed positions")
        let words = try upload(Self.poison(x.values.count * type.elementByteCount / 4), "replayed cache")
        var pass = Pass(device)
        pass.scope = "\(point) alone"
        pass.cacheWrite(input, positions: rows, into: words, type: type)
        try device.run(pass)
        return Matrix(rows: x.rows, columns: x.columns, values: CachedValues.floats(try device.download(words), type))
    }

    private func attention(
        _ point: TapPoint, _ q: Matrix, keys: [Float], values: [Float], _ positions: [Int]
    ) throws -> Matrix {
        let (c, cache) = (model.configuration, model.cache)
        let query = try upload(q.values, "replayed queries")
        let keyWords = try upload(CachedValues.words(keys, cache.keyType), "replayed keys")
        let valueWords = try upload(CachedValues.words(values, cache.valueType), "replayed values")
        let places = try upload(positions.map { UInt32($0) }, "replayed positions")
        return try run(point, rows: q.rows, columns: q.columns) {
            $0.attention(
                query, keys: keyWords, cache.keyType, values: valueWords, cache.valueType, positions: places,
                shape: AttentionShape(heads: c.headCount, kvHeads: c.kvHeadCount, headDim: c.headDim),
                depth: keys.count / c.kvDim, into: $1)
        }
    }

    // MARK: Buffers

    /// An output that holds NaN beforehand: elements that the kernel leaves out show.
    private func run(
        _ point: TapPoint, rows: Int, columns: Int, _ record: (inout Pass, View<Float>) -> Void
    ) throws -> Matrix {
        let poison = Matrix(
            rows: rows, columns: columns, values: [Float](repeating: .nan, count: rows * columns))
        return try run(point, inPlace: poison, record)
    }

    private func run(
        _ point: TapPoint, inPlace x: Matrix, _ record: (inout Pass, View<Float>) -> Void
    ) throws -> Matrix {
        let output = try upload(x.values, "replayed output")
        var pass = Pass(device)
        pass.scope = "\(point) alone"
        record(&pass, output)
        try device.run(pass)
        return Matrix(rows: x.rows, columns: x.columns, values: try device.download(output))
    }

    private func upload<Element>(_ values: [Element], _ name: String) throws -> View<Element> {
        let view = try device.allocate(Element.self, count: values.count, name: name)
        try device.upload(values, to: view)
        return view
    }

    /// NaN as one f32 or two f16 values.
    private static func poison(_ count: Int) -> [UInt32] { [UInt32](repeating: 0x7FFF_7FFF, count: count) }
}
