package import Llamarada

/// The tensors that a decoder's plain forward pass shows, in their order and with what each is computed from.
package struct DecoderOutline: Sendable {
    /// One of them.
    package struct Step: Sendable {
        package var point: TapPoint
        package var operation: Operation
        package var inputs: [TapPoint]
    }

    package let steps: [Step]
    private let points: [String: TapPoint]

    package init(_ configuration: ModelConfiguration) {
        var recorder = Recorder()
        // Recording throws only where the task was cancelled, and then nobody reads the outline.
        _ = try? Decoder(configuration).forward(&recorder, wanted: 1)
        steps = recorder.steps
        points = Dictionary(uniqueKeysWithValues: steps.map { ($0.point.traceName, $0.point) })
    }

    /// The tensor that files call so; nil where the model has none of that name.
    package func point(named name: String) -> TapPoint? { points[name] }

    private struct Recorder: Operations {
        var steps: [Step] = []

        mutating func apply(_ operation: Operation, _ inputs: [TapPoint], as point: TapPoint) -> TapPoint {
            // As in a tapped pass, rows of what was shown are not shown again.
            if case .wantedRows = operation { return inputs[0] }
            steps.append(Step(point: point, operation: operation, inputs: inputs))
            return point
        }
    }
}

extension TapPoint {
    /// The name in files: "layer.3.qRotated" or "logits".
    package var traceName: String { layer.map { "layer.\($0).\(activation.rawValue)" } ?? activation.rawValue }
}

extension Activation {
    /// Elements of a token's row.
    package func columns(_ c: ModelConfiguration) -> Int {
        switch self {
        case .embedding, .embeddingScaled, .attentionNorm, .attentionOutput, .postAttentionNorm, .afterAttention,
            .ffnNorm, .down, .postFFNNorm, .afterFFN, .wanted, .finalNorm:
            c.dim
        case .q, .qBiased, .qNormed, .qRotated, .attention, .wantedAttention: c.headCount * c.headDim
        case .k, .v, .kBiased, .vBiased, .kNormed, .kRotated, .kCached, .vCached: c.kvHeadCount * c.headDim
        case .gate, .up, .swiglu, .geglu: c.ffnDim
        case .logits: c.vocabularySize
        }
    }
}
