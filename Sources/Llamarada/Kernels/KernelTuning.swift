import LlamaradaDevice

/// Tiles, rows and splits by device: the only place that decides them. None changes what is computed, only in what
/// order sums are taken.
struct KernelTuning {
    /// Lanes along rows in products; a divisor of the weight tile's 32 rows.
    var productLanes: Int
    /// Rows that a lane owns in a matrix-vector product.
    var vectorRowsPerLane: Int
    /// Lanes that share a row of a matrix-vector product.
    var vectorSplits: Int
    /// Rows and tokens of a lane's register tile in a matrix-matrix product.
    var matrixRowsPerLane: Int
    var matrixTokens: Int
    /// Workgroup size of kernels that reduce a row.
    var reductionLanes: Int
    /// Workgroup size of kernels where each invocation owns elements.
    var elementwiseLanes: Int

    init(_ device: Device) {
        let subgroup = device.subgroupSize
        if device.description.kind == "cpu" {
            // Lavapipe runs a workgroup of one subgroup without a barrier best; 32 rows a workgroup are one weight tile.
            productLanes = min(subgroup, WeightLayout.tileRows)
            vectorRowsPerLane = max(1, WeightLayout.tileRows / productLanes)
            vectorSplits = 1
            matrixRowsPerLane = 4
            matrixTokens = 8
            reductionLanes = subgroup
            elementwiseLanes = max(64, subgroup)
        } else {
            productLanes = WeightLayout.tileRows
            vectorRowsPerLane = 1
            vectorSplits = 8
            matrixRowsPerLane = 2
            matrixTokens = 8
            reductionLanes = max(256, subgroup)
            elementwiseLanes = max(128, subgroup)
        }
    }
}

extension Pass {
    var tuning: KernelTuning { KernelTuning(device) }
}
