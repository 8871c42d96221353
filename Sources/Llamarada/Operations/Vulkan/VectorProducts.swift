import LlamaradaDevice
import LlamaradaTensors

/// What a matrix-vector kernel makes of its products before it writes them: FUSION of `Include/MatVec.glsl`.
enum ProductFusion: UInt32 {
    case none, added, swiGLU, geGLU

    /// Whether two matrices' products become one result.
    var gates: Bool { self == .swiGLU || self == .geGLU }
}

/// The products of a few vectors with a matrix or with those that it joins, and where they go: what the matrix-vector
/// kernels have in common.
struct VectorProducts {
    let weights: WeightMatrix
    /// Vectors.
    let count: Int
    let fusion: ProductFusion
    /// (any, rows): what products are added to.
    let residual: View<Float>?
    /// (any, rowsᵢ) for each matrix; of gated ones the one result.
    private let products: [View<Float>]
    /// What holds all of them.
    let output: View<Float>
    let tile: VectorTile

    init(_ weights: WeightMatrix, count: Int, into products: [View<Float>], _ tuning: KernelTuning) {
        self.init(weights, count: count, .none, residual: nil, into: products, tuning)
    }

    init(
        _ weights: WeightMatrix, count: Int, addedTo residual: View<Float>, into sum: View<Float>,
        _ tuning: KernelTuning
    ) {
        precondition(
            residual.count >= count * weights.rows, "a residual of (\(residual.count)) for \(count) of \(weights.rows)")
        self.init(weights, count: count, .added, residual: residual, into: [sum], tuning)
    }

    init(
        _ weights: WeightMatrix, count: Int, gatedBy gate: Architecture.Gate, into gated: View<Float>,
        _ tuning: KernelTuning
    ) {
        precondition(
            weights.parts.count == 2 && weights.parts[0].count == weights.parts[1].count
                && count <= VectorTile.mostGatedVectors,
            "gate and up of \(weights.parts) rows for \(count) vectors")
        let fusion: ProductFusion =
            switch gate {
            case .silu: .swiGLU
            case .gelu: .geGLU
            }
        self.init(weights, count: count, fusion, residual: nil, into: [gated], tuning)
    }

    private init(
        _ weights: WeightMatrix, count: Int, _ fusion: ProductFusion, residual: View<Float>?,
        into products: [View<Float>],
        _ tuning: KernelTuning
    ) {
        guard let output = View.covering(products), fusion.gates || products.count == weights.parts.count,
            zip(products, weights.parts).allSatisfy({ $0.count >= count * $1.count }),
            weights.parts.count == 1 || weights.shards.count == 1
        else {
            preconditionFailure(
                "\(count) products of \(weights.parts) rows in \(weights.shards.count) shards into (\(products.map(\.count)))"
            )
        }
        self.weights = weights
        self.count = count
        self.fusion = fusion
        self.residual = residual
        self.products = products
        self.output = output
        tile = VectorTile(count, of: weights, gates: fusion.gates, tuning)
    }

    /// A shard's rows and the places of their products, as kernels' push constants say it.
    struct Place {
        var rows: UInt32
        var firstRow: UInt32
        /// Of the first matrices but the last; `none` where there are fewer than three.
        var ends = (none, none)
        /// Of the second and the third.
        var starts = (none, none)
        /// Of row 0 of the layout, had each matrix all rows: below 0 the place wraps around as the sum with a row does.
        var offsets: (UInt32, UInt32, UInt32) = (0, 0, 0)
        var strides: (UInt32, UInt32, UInt32) = (0, 0, 0)

        /// Behind all rows.
        static let none = UInt32.max
    }

    func place(_ shard: WeightMatrix.Shard) -> Place {
        let parts = weights.parts
        var place = Place(rows: UInt32(fusion.gates ? parts[0].count : shard.rows), firstRow: UInt32(shard.rowsBefore))
        func offset(_ index: Int) -> UInt32 {
            let first = (products[index].view.byteOffset - output.view.byteOffset) / 4
            return UInt32(truncatingIfNeeded: first - parts[index].lowerBound + shard.firstRow)
        }
        place.offsets.0 = offset(0)
        place.strides.0 = UInt32(parts[0].count)
        guard parts.count > 1 else { return place }
        place.ends.0 = UInt32(parts[0].upperBound)
        place.starts.0 = UInt32(parts[1].lowerBound)
        guard !fusion.gates else { return place }
        place.offsets.1 = offset(1)
        place.strides.1 = UInt32(parts[1].count)
        guard parts.count > 2 else { return place }
        place.ends.1 = UInt32(parts[1].upperBound)
        place.starts.1 = UInt32(parts[2].lowerBound)
        place.offsets.2 = offset(2)
        place.strides.2 = UInt32(parts[2].count)
        return place
    }

    func grid(_ place: Place, _ tuning: KernelTuning) -> Grid {
        .tiles(
            rows: Int(place.rows), by: tuning.productLanes * tile.rowsPerLane, columns: count, by: tile.vectors)
    }

    func cost(_ shard: WeightMatrix.Shard) -> Cost {
        var cost = shard.productCost(rows: shard.rows, tokens: count)
        switch fusion {
        case .none: break
        case .added: cost = cost + Cost(flops: count * shard.rows, bytesRead: 4 * count * shard.rows)
        // One result of two products.
        case .swiGLU, .geGLU: cost.bytesWritten /= 2
        }
        return cost
    }

    /// "(rows, columns)", as matrices that are joined "(rows | rows, columns)", and how many vectors where there are
    /// several.
    func shape(_ shard: WeightMatrix.Shard) -> String {
        let rows =
            weights.parts.count == 1 ? "\(shard.rows)" : weights.parts.map { "\($0.count)" }.joined(separator: " | ")
        return "(\(rows), \(weights.columns))" + (count > 1 ? " × \(count)" : "")
    }
}

/// How many vectors a matrix-vector kernel multiplies at once, and by how many rows a lane.
struct VectorTile {
    let vectors: Int
    let rowsPerLane: Int

    /// The most vectors of gated products at once: of 8 the sums of two matrices need more registers than some GPUs have,
    /// and more shared memory than Vulkan promises.
    static let mostGatedVectors = 4

    /// 1, 2, 4 or 8: few pipelines, and at most one vector in two for nothing.
    ///
    /// - Parameter gates: whether each row is two, of two matrices.
    init(_ count: Int, of weights: WeightMatrix, gates: Bool, _ tuning: KernelTuning) {
        vectors = [1, 2, 4].first { $0 >= count } ?? 8
        let hasLongSteps = WeightPacking(weights.elementType).stepColumns >= 64
        let rows = count == 1 && hasLongSteps ? tuning.longStepRowsPerLane : tuning.vectorRowsPerLane
        rowsPerLane = gates ? max(1, rows / 2) : rows
    }
}

extension WeightMatrix.Shard {
    /// A product of some of the shard's rows with `tokens` columns: each weight read once, multiplied and added.
    func productCost(rows: Int, tokens: Int) -> Cost {
        let columns = layout.columns
        let weightByteCount = rows == layout.rows ? layout.byteCount : rows * layout.byteCount / layout.rows
        return Cost(
            flops: 2 * rows * columns * tokens, bytesRead: weightByteCount + 4 * columns * tokens,
            bytesWritten: 4 * rows * tokens)
    }
}
