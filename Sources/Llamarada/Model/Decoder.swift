/// The forward pass of a decoder, once for every backend.
package struct Decoder: Sendable {
    private let c: ModelConfiguration
    private let architecture: Architecture

    package init(_ configuration: ModelConfiguration) {
        c = configuration
        architecture = configuration.architecture
    }

    /// Runs the step's n tokens through the model: h stands for what was normed, x for the residual stream.
    ///
    /// The last layer goes on behind its attention with the rows alone whose logits are wanted, and ends with the writes to
    /// the cache where there are none.
    ///
    /// - Parameters:
    ///   - wanted: of how many of the step's rows logits are wanted.
    ///   - hasHead: whether these are; otherwise what the head would multiply.
    /// - Returns: (wanted, vocabulary), or without a head (wanted, dim); nil where nothing is wanted.
    package func forward<O: Operations>(_ ops: inout O, wanted: Int, hasHead: Bool = true) throws -> O.Tensor? {
        var x = try ops.apply(.embedding(WeightName(.tokenEmbedding)), [], as: TapPoint(.embedding))  // (n, dim)
        if architecture.scalesEmbeddings {
            x = try ops.apply(.scale(Float(c.dim).squareRoot()), [x], as: TapPoint(.embeddingScaled))
        }
        let goesOnWith = ops.needsEveryRow ? nil : wanted
        for layer in 0..<c.layerCount {
            try Task.checkCancellation()
            let rows = layer == c.layerCount - 1 ? goesOnWith : nil
            guard let attended = try attention(x, layer, goingOnWith: rows, &ops) else { return nil }
            x = try feedForward(attended, layer, &ops)  // (n or rows, dim)
        }
        guard wanted > 0 else { return nil }
        if goesOnWith == nil {
            x = try ops.apply(.wantedRows(wanted), [x], as: TapPoint(.wanted))  // (wanted, dim)
        }
        let h = try ops.apply(  // (wanted, dim)
            .rmsNorm(WeightName(.outputNorm), epsilon: c.normEpsilon), [x], as: TapPoint(.finalNorm))
        guard hasHead else { return h }
        return try ops.apply(.product(WeightName(.output)), [h], as: TapPoint(.logits))  // (wanted, vocabulary)
    }

    /// x + output(attention(RoPE(q), RoPE(k), v)), where q, k and v are products of norm(x): (n, dim) → (rows, dim).
    ///
    /// - Parameter rows: how many of the step's rows, those of which logits are wanted, the layer goes on with; nil is all.
    /// - Returns: (rows, dim); nil where these are none.
    private func attention<O: Operations>(
        _ x: O.Tensor, _ layer: Int, goingOnWith rows: Int?, _ ops: inout O
    ) throws -> O.Tensor? {
        var x = x
        let l = Layer(index: layer)
        let qkv = try ops.normProducts(
            x, norm: l[.attentionNorm], epsilon: c.normEpsilon, normed: l[.attentionNorm],
            [.init(l[.query], l[.q]), .init(l[.key], l[.k]), .init(l[.value], l[.v])])
        let cached = try ops.rotateAndCache(
            q: .init(  // (n, heads · headDim)
                qkv[0],
                preparations(bias: .init(.bias(l[.queryBias]), l[.qBiased]), norm: (l[.queryNorm], l[.qNormed])),
                rope: .init(rope(heads: c.headCount, layer), l[.qRotated])),
            k: .init(  // (n, kvHeads · headDim), as v
                qkv[1], preparations(bias: .init(.bias(l[.keyBias]), l[.kBiased]), norm: (l[.keyNorm], l[.kNormed])),
                rope: .init(rope(heads: c.kvHeadCount, layer), l[.kRotated])),
            v: .init(qkv[2], preparations(bias: .init(.bias(l[.valueBias]), l[.vBiased]), norm: nil)),
            layer: layer, kCached: l[.kCached], vCached: l[.vCached])
        guard rows != 0 else { return nil }
        var attended = try ops.apply(  // (n, heads · headDim)
            .attention(c.attentionShape(ofLayer: layer), layer: layer), cached, as: l[.attention])
        if let rows {
            attended = try ops.apply(.wantedRows(rows), [attended], as: l[.wantedAttention])  // (rows, heads · headDim)
            x = try ops.apply(.wantedRows(rows), [x], as: l[.wanted])  // (rows, dim)
        }
        let output = NamedProduct(l[.attentionOutput], l[.attentionOutput])
        guard architecture.hasPostNorms else {
            return try ops.addProduct(attended, output, to: x, as: l[.afterAttention])  // (rows, dim)
        }
        let projected = try ops.apply(.product(output.weight), [attended], as: output.point)  // (rows, dim)
        let normed = try ops.apply(
            .rmsNorm(l[.postAttentionNorm], epsilon: c.normEpsilon), [projected], as: l[.postAttentionNorm])
        return try ops.apply(.add, [x, normed], as: l[.afterAttention])
    }

    /// x + down(silu(gate(h)) ⊙ up(h)), or with gelu, where h = norm(x): (n, dim) → (n, dim). Shazeer 2020,
    /// arXiv 2002.05202.
    private func feedForward<O: Operations>(_ x: O.Tensor, _ layer: Int, _ ops: inout O) throws -> O.Tensor {
        let l = Layer(index: layer)
        let isGELU = architecture.gate == .gelu
        let gated = try ops.gatedProducts(  // (n, ffnDim)
            x, norm: l[.ffnNorm], epsilon: c.normEpsilon, normed: l[.ffnNorm], gate: .init(l[.gate], l[.gate]),
            up: .init(l[.up], l[.up]), architecture.gate, as: isGELU ? l[.geglu] : l[.swiglu])
        let output = NamedProduct(l[.down], l[.down])
        guard architecture.hasPostNorms else {
            return try ops.addProduct(gated, output, to: x, as: l[.afterFFN])  // (n, dim)
        }
        let down = try ops.apply(.product(output.weight), [gated], as: output.point)  // (n, dim)
        let normed = try ops.apply(.rmsNorm(l[.postFFNNorm], epsilon: c.normEpsilon), [down], as: l[.postFFNNorm])
        return try ops.apply(.add, [x, normed], as: l[.afterFFN])
    }

    /// What the architecture does to queries, keys or values before RoPE.
    private func preparations(
        bias: NamedOperation, norm: (weight: WeightName, point: TapPoint)?
    ) -> [NamedOperation] {
        var operations = architecture.hasAttentionBias ? [bias] : []
        if let norm, architecture.hasHeadNorms {
            operations.append(.init(.headNorm(norm.weight, epsilon: c.normEpsilon), norm.point))
        }
        return operations
    }

    private func rope(heads: Int, _ layer: Int) -> Operation {
        .rope(
            heads: heads, headDim: c.headDim, pairs: c.ropeDimensionCount / 2, pairing: architecture.ropePairing,
            angles: c.reach(ofLayer: layer))
    }

    /// How many tensors a pass shows that wants logits.
    package var tensorCount: Int {
        var counter = OperationCounter()
        // Counting throws only where the task was cancelled, and then nobody reads the number.
        _ = try? forward(&counter, wanted: 1)
        return counter.count
    }
}

/// The names of a layer's weights and activations.
private struct Layer {
    var index: Int

    subscript(kind: WeightKind) -> WeightName { WeightName(kind, layer: index) }
    subscript(activation: Activation) -> TapPoint { TapPoint(layer: index, activation) }
}
