public import LlamaradaTensors

/// How a model's matrices are stored: all in one type, or as llama.cpp's quantiser mixes types.
public struct WeightMixture: Sendable, Equatable {
    /// As files are named after it: `Q4_0`, `Q4_K_M`.
    public let name: String
    /// The type of most matrices.
    public let base: ElementType
    /// What chooses finer types for some matrices; nil where all are alike.
    private let preset: QuantizationPreset?
    /// llama.cpp's number in `general.file_type`; nil where it has none.
    let fileType: UInt32?

    /// Every matrix in one type.
    public init(_ type: ElementType) {
        (name, base, preset, fileType) = (type.name, type, nil, Self.fileTypes[type])
    }

    private init(_ preset: QuantizationPreset) {
        (name, base, self.preset, fileType) = (preset.name, preset.base, preset, preset.fileType)
    }

    /// What most people have: Q4_K with Q6_K where it matters most.
    public static let q4_K_M = WeightMixture(QuantizationPreset.q4_K_M)
    /// Q5_K with Q6_K where it matters most.
    public static let q5_K_M = WeightMixture(QuantizationPreset.q5_K_M)

    /// Each type alone, then the mixtures.
    public static let all = RandomBlocks.types.map { WeightMixture($0) } + [q4_K_M, q5_K_M]

    /// The type of a matrix, before rows that are no whole blocks are looked at.
    ///
    /// - Parameters:
    ///   - name: as in the file: `blk.3.attn_v.weight`.
    ///   - columns: elements of a row.
    func type(of name: String, columns: Int, in shape: QuantizedShape) -> ElementType {
        preset?.type(of: name, columns: columns, in: shape) ?? base
    }

    private static let fileTypes: [ElementType: UInt32] = [
        .f32: 0, .f16: 1, .q4_0: 2, .q4_1: 3, .q8_0: 7, .q5_0: 8, .q5_1: 9, .q2_K: 10, .q3_K: 11, .q4_K: 14,
        .q5_K: 16, .q6_K: 18, .iq4_NL: 25, .iq4_XS: 30, .bf16: 32, .mxfp4: 38,
    ]
}
