package import LlamaradaDevice
import LlamaradaShaders
package import LlamaradaTensors

/// The matrices that a device's subgroups multiply, and how a product is cut into them.
package struct MatrixTile: Equatable {
    /// A matrix of weights is (rows, columns), one of activations (columns, tokens).
    struct Shape: Equatable {
        var (rows, tokens, columns): (Int, Int, Int)
    }

    let shape: Shape
    /// Subgroups along rows and tokens.
    let subgroups: (rows: Int, tokens: Int)
    /// Matrices of results of a subgroup, along rows and tokens.
    let matrices: (rows: Int, tokens: Int)
    let subgroupSize: Int
    let slabQuads: Int
    /// Whether activations are staged in shared memory, too.
    let isStaged: Bool
    /// Quads of a slab that are unrolled. Whole slabs of 16 × 16 matrices are more code than instruction caches hold.
    var runQuads: Int { isStaged ? 8 : slabQuads }

    var rows: Int { subgroups.rows * matrices.rows * shape.rows }
    var tokens: Int { subgroups.tokens * matrices.tokens * shape.tokens }
    var lanes: Int { subgroups.rows * subgroups.tokens * subgroupSize }

    /// How many tiles there are to try: some count twice on devices that have fewer.
    package static let count = 5

    /// Those, and a last one that checks alone take: what is staged otherwise is not, and the other way round.
    package static let kinds = count + 1

    /// The most tokens of a tile: a buffer of rounded activations has as many rows behind its last.
    package static let mostTokens = 128

    package static func == (a: MatrixTile, b: MatrixTile) -> Bool {
        a.shape == b.shape && a.subgroups == b.subgroups && a.matrices == b.matrices
            && a.subgroupSize == b.subgroupSize && a.slabQuads == b.slabQuads && a.isStaged == b.isStaged
    }

    private init(
        _ shape: Shape, subgroups: (Int, Int), matrices: (Int, Int), subgroupSize: Int, slabQuads: Int, isStaged: Bool
    ) {
        self.shape = shape
        self.subgroups = subgroups
        self.matrices = matrices
        self.subgroupSize = subgroupSize
        self.slabQuads = slabQuads
        self.isStaged = isStaged
    }

    /// The bytes of shared memory that the kernel declares.
    private var sharedByteCount: Int {
        8 * (rows + (isStaged ? tokens : 1)) * (slabQuads + 2)
            + 4 * subgroups.rows * subgroups.tokens * shape.rows * shape.tokens
    }

    /// The largest tile that leaves little of itself empty and gives a GPU enough workgroups; which one it is changes no bit.
    /// Nil where the device multiplies no matrices of f16 with f32 sums.
    package init?(rows: Int, tokens: Int, _ type: ElementType, forced: Int? = nil, on device: Device) {
        guard let shape = Self.shape(device) else { return nil }
        let size = Self.subgroupSize(shape, device)
        let packing = WeightPacking(type)
        // Compilers for 16 × 16 matrices wait for each load from memory; Intel's have no registers for what is on its way.
        let isLarge = shape.rows * shape.tokens == 256
        // Intel's compiler copies all sums at the end of a slab, which long ones have less often.
        let slabQuads = isLarge ? max(8, packing.stepColumns / 4) : 16
        let tiles = (isLarge ? Self.shapes : Self.smallShapes).map {
            MatrixTile(
                shape, subgroups: $0.subgroups, matrices: $0.matrices, subgroupSize: size, slabQuads: slabQuads,
                isStaged: isLarge)
        }.filter {
            $0.tokens <= Self.mostTokens && $0.lanes <= device.description.maxWorkgroupInvocations
                && $0.sharedByteCount <= device.description.sharedMemoryByteCount
        }
        if let forced, let last = tiles.last {
            let other = MatrixTile(
                shape, subgroups: last.subgroups, matrices: last.matrices, subgroupSize: size, slabQuads: slabQuads,
                isStaged: !isLarge)
            self = forced == Self.count ? other : tiles[forced % tiles.count]
            return
        }
        func count(_ tile: MatrixTile) -> Int {
            Grid.divideRoundingUp(rows, tile.rows) * Grid.divideRoundingUp(tokens, tile.tokens)
        }
        guard
            let tile = tiles.first(where: { $0.tokens < 2 * tokens && count($0) >= Self.enoughTiles })
                ?? tiles.last(where: { $0.tokens >= min(tokens, 16) }) ?? tiles.last
        else { return nil }
        self = tile
    }

    /// In matrices of 16 × 16.
    private static let shapes: [(subgroups: (Int, Int), matrices: (Int, Int))] = [
        ((2, 4), (4, 2)), ((2, 2), (4, 2)), ((2, 2), (2, 2)), ((4, 1), (2, 2)), ((4, 1), (1, 1)),
    ]
    /// Of Intel's matrices of 8 rows, one of which is loaded by eight messages, one of activations by two.
    private static let smallShapes: [(subgroups: (Int, Int), matrices: (Int, Int))] = [
        ((8, 4), (1, 4)), ((8, 2), (1, 4)), ((8, 2), (1, 2)), ((4, 2), (1, 2)), ((4, 1), (1, 1)),
    ]
    /// As in `ProductTile`.
    private static let enoughTiles = 128

    /// f16 times f16 with f32 sums, of shapes whose columns divide a run of 16; the largest first.
    static func shape(_ device: Device) -> Shape? {
        device.description.cooperativeMatrixShapes.filter {
            $0.types == ["f16", "f16", "f32", "f32"] && $0.scope == "subgroup" && [8, 16].contains($0.k)
                && [8, 16].contains($0.m) && [8, 16].contains($0.n)
        }.map { Shape(rows: $0.m, tokens: $0.n, columns: $0.k) }
            .max { ($0.rows * $0.tokens, $0.columns) < ($1.rows * $1.tokens, $1.columns) }
    }

    /// Intel's units serve subgroups of as many lanes as a matrix has tokens, 8 or 16; those of others the usual size.
    static func subgroupSize(_ shape: Shape, _ device: Device) -> Int {
        shape.rows == 8 ? shape.tokens : device.subgroupSize
    }
}

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k] in the half class for some tokens and one shard, by matrix units.
    ///
    /// - Parameters:
    ///   - halves: what `halfRows` made of x, the same view, with `MatrixTile.mostTokens` rows more behind the last token.
    ///   - product: (any, rows).
    mutating func matrixMatMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, halves: View<UInt32>, _ tile: MatrixTile,
        _ tokens: Range<Int>, into product: View<Float>
    ) {
        let panels = HalfPanels(columns: weights.columns, wordCount: halves.count)
        precondition(
            panels.capacity >= tokens.upperBound + MatrixTile.mostTokens,
            "MatrixMatMul: \(tokens) of \(panels.count) panels of \(panels.capacity) rows")
        dispatch(
            MatrixMatMul(
                .init(weight: .init(named: weights.elementType.name)), words: .read(shard.words), x: .read(halves),
                product: .write(product)),
            push: .init(
                rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                firstRow: UInt32(shard.rowsBefore), tokens: UInt32(tokens.count),
                firstToken: UInt32(tokens.lowerBound), capacity: UInt32(panels.capacity),
                productStride: UInt32(weights.rows), productOffset: UInt32(shard.firstRow)),
            specialize: .init(
                lanes: UInt32(tile.lanes), blockRows: UInt32(tile.rows), blockTokens: UInt32(tile.tokens),
                tileMatrixRows: UInt32(tile.matrices.rows), tileMatrixTokens: UInt32(tile.matrices.tokens),
                slabQuads: UInt32(tile.slabQuads), matrixRows: UInt32(tile.shape.rows),
                matrixTokens: UInt32(tile.shape.tokens), matrixColumns: UInt32(tile.shape.columns),
                staged: tile.isStaged, runQuads: UInt32(tile.runQuads)),
            over: .tiles(rows: shard.rows, by: tile.rows, columns: tokens.count, by: tile.tokens),
            cost: shard.productCost(rows: shard.rows, tokens: tokens.count),
            shape: "(\(shard.rows), \(weights.columns)) × \(tokens.count)", subgroupSize: tile.subgroupSize)
    }
}
