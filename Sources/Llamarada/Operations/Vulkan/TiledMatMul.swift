import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

/// The part of a product that a workgroup of a tiled kernel computes, and what it stages at once.
struct ProductTile: Equatable {
    var rows: Int
    var tokens: Int
    /// Of a lane.
    var laneRows: Int
    var laneTokens: Int
    /// Fours of columns that are staged together.
    var slabQuads: Int

    var lanes: Int { rows / laneRows * (tokens / laneTokens) }

    /// Bytes of shared memory.
    ///
    /// - Parameter quadByteCount: of four weights or activations as they are staged.
    func sharedByteCount(quadByteCount: Int) -> Int { slabQuads * (rows + tokens + 1) * quadByteCount }

    /// From large to small, each of 128 lanes or more: the fewer products a lane has, the more often it loads what it
    /// multiplies, but the more workgroups there are.
    private static let shapes: [(rows: Int, tokens: Int, laneRows: Int, laneTokens: Int)] = [
        (128, 64, 8, 8), (64, 64, 8, 4), (64, 32, 4, 4), (64, 16, 4, 2), (32, 16, 2, 2),
    ]
    /// How many tiles there are to try: some count twice on devices that have fewer.
    static let count = shapes.count

    /// Enough workgroups to give every multiprocessor of a large GPU one.
    private static let enoughTiles = 128

    /// The largest tile that leaves little of itself empty, fits shared memory, and gives a GPU enough workgroups. Which one
    /// it is changes no bit.
    init(
        rows: Int, tokens: Int, _ type: ElementType, quadByteCount: Int, forced: Int? = nil, on device: Device
    ) {
        let stepQuads = WeightPacking(type).stepColumns / 4
        // Intel's lanes have 128 registers or fewer, of which what is unpacked of long steps, or of several, takes many.
        let mostSums = device.subgroupSize >= 32 ? 64 : stepQuads == 8 ? 32 : 16
        let tiles = Self.shapes.map {
            ProductTile(
                rows: $0.rows, tokens: $0.tokens, laneRows: $0.laneRows, laneTokens: $0.laneTokens,
                slabQuads: max(8, stepQuads))
        }.filter {
            $0.sharedByteCount(quadByteCount: quadByteCount) <= device.description.sharedMemoryByteCount
                && $0.lanes <= device.description.maxWorkgroupInvocations
                && (forced != nil || $0.laneRows * $0.laneTokens <= mostSums)
        }
        if let forced {
            self = tiles[forced % tiles.count]
            return
        }
        func count(_ tile: ProductTile) -> Int {
            Grid.divideRoundingUp(rows, tile.rows) * Grid.divideRoundingUp(tokens, tile.tokens)
        }
        self =
            tiles.first { $0.tokens < 2 * tokens && count($0) >= Self.enoughTiles }
            ?? tiles.last { $0.tokens >= min(tokens, 16) } ?? tiles[tiles.count - 1]
    }

    private init(rows: Int, tokens: Int, laneRows: Int, laneTokens: Int, slabQuads: Int) {
        self.rows = rows
        self.tokens = tokens
        self.laneRows = laneRows
        self.laneTokens = laneTokens
        self.slabQuads = slabQuads
    }
}

extension Pass {
    /// product[t][row] = Σ_k weights[row][k] · x[t][k] for some tokens and one shard, with the bits of `MatMul`.
    ///
    /// - Parameters:
    ///   - x: (any, columns).
    ///   - product: (any, rows).
    mutating func tiledMatMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, _ x: View<Float>, _ tokens: Range<Int>,
        into product: View<Float>
    ) {
        tiledMatMul(
            weights, shard, .exact, x.bound(to: UInt32.self), stride: weights.columns, tokens, into: product)
    }

    /// The same in the half class: weights and activations are rounded to f16, sums are f32.
    ///
    /// - Parameter halves: what `halfRows` made of x, the same view.
    mutating func tiledMatMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, halves: View<UInt32>, _ tokens: Range<Int>,
        into product: View<Float>
    ) {
        let panels = HalfPanels(columns: weights.columns, wordCount: halves.count)
        precondition(panels.capacity >= tokens.upperBound, "TiledMatMul: \(tokens) of \(panels.capacity) rows")
        tiledMatMul(weights, shard, .half, halves, stride: panels.capacity, tokens, into: product)
    }

    private mutating func tiledMatMul(
        _ weights: WeightMatrix, _ shard: WeightMatrix.Shard, _ operands: TiledMatMul.Operands, _ x: View<UInt32>,
        stride: Int, _ tokens: Range<Int>, into product: View<Float>
    ) {
        let tile = ProductTile(
            rows: shard.rows, tokens: tokens.count, weights.elementType,
            quadByteCount: operands == .half ? 8 : 16, forced: tuning.forcedTile, on: device)
        dispatch(
            TiledMatMul(
                .init(weight: .init(named: weights.elementType.name), operands: operands),
                words: .read(shard.words), x: .read(x), product: .write(product)),
            push: .init(
                rows: UInt32(shard.rows), columns: UInt32(weights.columns), plane1: shard.firstWord(ofPlane: 1),
                plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                firstRow: UInt32(shard.rowsBefore), tokens: UInt32(tokens.count),
                firstToken: UInt32(tokens.lowerBound), xStride: UInt32(stride), productStride: UInt32(weights.rows),
                productOffset: UInt32(shard.firstRow)),
            specialize: .init(
                lanes: UInt32(tile.lanes), blockRows: UInt32(tile.rows), blockTokens: UInt32(tile.tokens),
                laneRows: UInt32(tile.laneRows), laneTokens: UInt32(tile.laneTokens),
                slabQuads: UInt32(tile.slabQuads), aligned: weights.columns % 4 == 0),
            over: .tiles(rows: shard.rows, by: tile.rows, columns: tokens.count, by: tile.tokens),
            cost: shard.productCost(rows: shard.rows, tokens: tokens.count),
            shape: "(\(shard.rows), \(weights.columns)) × \(tokens.count)")
    }
}
