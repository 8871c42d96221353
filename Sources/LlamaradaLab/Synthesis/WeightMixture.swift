public import LlamaradaTensors

/// How a model's matrices are stored: all in one type, or as llama.cpp's quantiser mixes types.
public struct WeightMixture: Sendable, Equatable {
    /// As files are named after it: `Q4_0`, `Q4_K_M`.
    public let name: String
    /// The type of most matrices.
    public let base: ElementType
    /// The type of the head and of a part of `attn_v` and `ffn_down`; nil where all are alike.
    let finer: ElementType?
    /// llama.cpp's number in `general.file_type`; nil where it has none.
    let fileType: UInt32?

    /// Every matrix in one type.
    public init(_ type: ElementType) {
        (name, base, finer, fileType) = (type.name, type, nil, Self.fileTypes[type])
    }

    private init(_ name: String, _ base: ElementType, finer: ElementType, fileType: UInt32) {
        (self.name, self.base, self.finer, self.fileType) = (name, base, finer, fileType)
    }

    /// What most people have: Q4_K with Q6_K where it matters most.
    public static let q4_K_M = WeightMixture("Q4_K_M", .q4_K, finer: .q6_K, fileType: 15)
    /// Q5_K with Q6_K where it matters most.
    public static let q5_K_M = WeightMixture("Q5_K_M", .q5_K, finer: .q6_K, fileType: 17)

    /// Each type alone, then the mixtures.
    public static let all = RandomBlocks.types.map { WeightMixture($0) } + [q4_K_M, q5_K_M]

    /// The type of a matrix, before rows that are no whole blocks are looked at.
    ///
    /// - Parameter name: as in the file: `blk.3.attn_v.weight`.
    func type(of name: String, layerCount: Int) -> ElementType {
        guard let finer else { return base }
        if name == "output.weight" { return finer }
        let parts = name.split(separator: ".")
        guard parts.count == 4, let layer = Int(parts[1]), ["attn_v", "ffn_down"].contains(parts[2]) else {
            return base
        }
        // The first and the last eighth of the layers, and every third between them.
        let eighth = layerCount / 8
        let isFiner = layer < eighth || layer >= 7 * layerCount / 8 || (layer - eighth) % 3 == 2
        return isFiner ? finer : base
    }

    private static let fileTypes: [ElementType: UInt32] = [
        .f32: 0, .f16: 1, .q4_0: 2, .q4_1: 3, .q8_0: 7, .q5_0: 8, .q5_1: 9, .q2_K: 10, .q3_K: 11, .q4_K: 14,
        .q5_K: 16, .q6_K: 18, .iq4_NL: 25, .iq4_XS: 30, .bf16: 32, .mxfp4: 38,
    ]
}
