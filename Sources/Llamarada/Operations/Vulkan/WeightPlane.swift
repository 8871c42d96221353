package import LlamaradaTensors

/// Which bytes of a file's block lie together in device memory, and how they are loaded.
///
/// Every `weights` weights of a row, the plane's period, have `byteCount` bytes in it. Of a plane with more than 16 bytes
/// a period a lane loads 16 at a time.
package struct WeightPlane: Sendable, Equatable {
    /// Bytes of one period.
    package let byteCount: Int
    /// Weights of one period: a divisor of the block's.
    package let weights: Int
    /// For each load of a block, in the plane's order, where its bytes are in the file's block: pieces of equal size.
    let loads: [[Int]]

    /// Bytes that a lane loads at once.
    package var loadByteCount: Int { min(byteCount, Self.largestLoad) }
    /// The most bytes that a lane loads at once.
    static let largestLoad = 16

    /// - Parameters:
    ///   - byteCount: bytes of a period of `weights` weights.
    ///   - blockWeights: weights of the file's block.
    ///   - offsets: where the plane's bytes are in the block, in the plane's order: pieces of equal size.
    fileprivate init(_ byteCount: Int, every weights: Int, of blockWeights: Int, at offsets: [Int]) {
        self.byteCount = byteCount
        self.weights = weights
        let (total, load) = (byteCount * blockWeights / weights, min(byteCount, Self.largestLoad))
        let piece = min(load, total / offsets.count)
        let pieces = offsets.flatMap { offset in
            stride(from: 0, to: total / offsets.count, by: piece).map { offset + $0 }
        }
        loads = stride(from: 0, to: pieces.count, by: load / piece).map { Array(pieces[$0..<$0 + load / piece]) }
    }
}

/// How the blocks of an element type are taken apart: the one table of what lies where.
///
/// `Include/Weights.glsl` is the reading half and names the planes of each type.
package struct WeightPacking: Sendable, Equatable {
    /// Weights and bytes of a file's block; of plain types 16 bytes count as one.
    package let blockWeights: Int
    package let blockByteCount: Int
    /// Weights that a kernel takes at once.
    package let stepColumns: Int
    /// The first starts the matrix; push constants say where the others do.
    package let planes: [WeightPlane]

    /// Planes that kernels have push constants for.
    static let mostPlanes = 4

    private init(_ type: ElementType, step: Int, _ planes: [(byteCount: Int, weights: Int, offsets: [Int])]) {
        blockWeights = type.blockElementCount
        blockByteCount = type.blockByteCount
        stepColumns = step
        self.planes = planes.map { [blockWeights] in
            WeightPlane($0.byteCount, every: $0.weights, of: blockWeights, at: $0.offsets)
        }
    }

    private init(plain type: ElementType) {
        blockByteCount = WeightPlane.largestLoad
        blockWeights = blockByteCount / type.blockByteCount
        stepColumns = blockWeights
        planes = [WeightPlane(blockByteCount, every: blockWeights, of: blockWeights, at: [0])]
    }

    package init(_ type: ElementType) {
        self =
            switch type {
            case .f32, .f16, .bf16: WeightPacking(plain: type)
            case .q8_0: WeightPacking(type, step: 32, [(32, 32, [2]), (2, 32, [0])])
            case .q4_0: WeightPacking(type, step: 32, [(16, 32, [2]), (2, 32, [0])])
            case .q4_1: WeightPacking(type, step: 32, [(16, 32, [4]), (4, 32, [0])])
            case .q5_0: WeightPacking(type, step: 32, [(16, 32, [6]), (4, 32, [2]), (2, 32, [0])])
            case .q5_1: WeightPacking(type, step: 32, [(16, 32, [8]), (4, 32, [4]), (4, 32, [0])])
            // Nibbles; both factors and the twelve bytes of scales and minima.
            case .q4_K: WeightPacking(type, step: 64, [(32, 64, [16]), (16, 256, [0])])
            // Pairs of bits; scales and minima; both factors.
            case .q2_K: WeightPacking(type, step: 64, [(16, 64, [16]), (4, 64, Self.scales(0)), (4, 256, [80])])
            // Pairs of bits, third bits, scales, factor.
            case .q3_K:
                WeightPacking(type, step: 64, [(16, 64, [32]), (32, 256, [0]), (12, 256, [96]), (2, 256, [108])])
            // Nibbles; fifth bits; both factors and the twelve bytes of scales and minima.
            case .q5_K: WeightPacking(type, step: 64, [(32, 64, Self.nibbles(48)), (32, 256, [16]), (16, 256, [0])])
            // Low nibbles, upper two bits, scales, factor.
            case .q6_K:
                WeightPacking(
                    type, step: 64,
                    [(32, 64, Self.nibbles(0)), (16, 64, [128]), (4, 64, Self.scales(192)), (2, 256, [208])])
            case .iq4_NL: WeightPacking(type, step: 32, [(16, 32, [2]), (2, 32, [0])])
            // Nibbles; the factor and the six bytes of scales.
            case .iq4_XS: WeightPacking(type, step: 64, [(32, 64, [8]), (8, 256, [0])])
            case .mxfp4: WeightPacking(type, step: 32, [(16, 32, [1]), (1, 32, [0])])
            }
    }

    // Of 128 weights the file keeps bits of weights i, i + 32, i + 64 and i + 96 in one byte: the upper ones of Q3_K, Q5_K
    // and Q6_K, all of Q2_K. A step is the 64 weights that 16 such bytes are about: four runs of 16 weights, 32 apart.

    /// Where the nibbles of each step lie, 16 bytes a piece.
    private static func nibbles(_ first: Int) -> [Int] { [0, 32, 16, 48, 64, 96, 80, 112].map { first + $0 } }
    /// Where the scales of each step's runs lie, a byte each.
    private static func scales(_ first: Int) -> [Int] {
        [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15].map { first + $0 }
    }
}
