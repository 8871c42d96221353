/// What a preset's choice of types depends on, besides the tensor.
package struct QuantizedShape: Sendable {
    /// Transformer layers.
    package var layerCount: Int
    /// Query heads that share a head of keys and values, rounded down.
    package var headsPerKVHead: Int
    /// Whether the head is a matrix of its own and not the embedding.
    package var hasHead: Bool
    /// Whether it is known which columns matter.
    package var hasImportance = false

    package init(layerCount: Int, headsPerKVHead: Int, hasHead: Bool) {
        self.layerCount = layerCount
        self.headsPerKVHead = headsPerKVHead
        self.hasHead = hasHead
    }

    /// Llama 2 70B and its like: 80 layers with grouped heads, whose values are a small part of all.
    fileprivate var isLarge: Bool { layerCount == 80 && headsPerKVHead > 1 }

    /// The first and the last eighth of the layers, and every third between them.
    fileprivate func mattersMore(_ layer: Int) -> Bool {
        let eighth = layerCount / 8
        return layer < eighth || layer >= 7 * layerCount / 8 || (layer - eighth) % 3 == 2
    }
}

extension QuantizationPreset {
    /// The type of a matrix, before rows that are no whole blocks are looked at: llama.cpp's choice.
    ///
    /// Finer types go where an error costs most: the head, the values, the outputs of both branches.
    ///
    /// - Parameters:
    ///   - name: as in the file: `blk.3.attn_v.weight`.
    ///   - columns: elements of a row.
    package func type(of name: String, columns: Int, in shape: QuantizedShape) -> ElementType {
        guard base.isQuantized else { return base }
        if name == (shape.hasHead ? "output.weight" : "token_embd.weight") { return headType(columns: columns) }
        let parts = name.split(separator: ".")
        guard parts.count == 4, parts[0] == "blk", let layer = Int(parts[1]) else { return base }
        switch parts[2] {
        case "attn_v": return valueType(layer, shape)
        case "ffn_down": return downType(layer, shape)
        case "attn_output": return attentionOutputType
        default: return base
        }
    }

    private func headType(columns: Int) -> ElementType {
        base == .q8_0 || columns % base.blockElementCount != 0 ? .q8_0 : .q6_K
    }

    private func valueType(_ layer: Int, _ shape: QuantizedShape) -> ElementType {
        let isShared = shape.headsPerKVHead >= 4
        let type: ElementType =
            switch self {
            case .q2_K: isShared ? .q4_K : .q3_K
            case .q3_K_M: layer < 2 ? .q5_K : .q4_K
            case .q3_K_L: .q5_K
            case .q4_K_S: layer < 4 ? .q5_K : base
            case .q4_K_M, .q5_K_M: shape.mattersMore(layer) ? .q6_K : base
            case .iq4_NL: isShared ? .q5_K : base
            default: base
            }
        return shape.isLarge && (type == .q3_K || type == .q4_K) ? .q5_K : type
    }

    private func downType(_ layer: Int, _ shape: QuantizedShape) -> ElementType {
        let isEarly = layer < shape.layerCount / 8
        return switch self {
        case .q2_K: .q3_K
        case .q3_K_M: layer < shape.layerCount / 16 ? .q5_K : .q4_K
        case .q3_K_L: .q5_K
        case .q4_K_S: isEarly ? .q5_K : base
        case .iq4_NL: isEarly && !shape.hasImportance ? .q5_K : base
        case .q4_0: isEarly && shape.hasImportance ? .q4_1 : base
        case .q5_0: isEarly && shape.hasImportance ? .q5_1 : base
        case .q4_K_M, .q5_K_M: shape.mattersMore(layer) ? .q6_K : base
        default: base
        }
    }

    private var attentionOutputType: ElementType {
        switch self {
        case .q2_K: .q3_K
        case .q3_K_M: .q4_K
        case .q3_K_L: .q5_K
        default: base
        }
    }
}

extension ElementType {
    /// The type in the place of this one for rows that are no whole blocks of it, as llama.cpp's quantiser chooses; F16 where that
    /// does not fit either.
    package func fitting(columns: Int) -> ElementType {
        if columns.isMultiple(of: blockElementCount) { return self }
        let fallback: ElementType =
            switch self {
            case .q2_K, .q3_K: .q4_0
            case .iq4_XS: .iq4_NL
            case .q4_K: .q5_0
            case .q5_K: .q5_1
            case .q6_K: .q8_0
            default: .f16
            }
        return columns.isMultiple(of: fallback.blockElementCount) ? fallback : .f16
    }
}
