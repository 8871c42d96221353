package import LlamaradaDevice

/// Tiles, rows and splits by device: the only place that decides them. None changes what is computed, only in what
/// order sums are taken.
package struct KernelTuning: Sendable, Equatable {
    /// Lanes along rows in products; a divisor of the weight tile's 32 rows.
    package var productLanes: Int
    /// Rows that a lane owns in a matrix-vector product.
    package var vectorRowsPerLane: Int
    /// Lanes that share a row of a matrix-vector product.
    package var vectorSplits: Int
    /// Rows of a lane's register tile in a matrix-matrix product.
    package var matrixRowsPerLane: Int
    /// Tokens of a lane's register tile in a matrix-matrix product.
    package var matrixTokens: Int
    /// Workgroup size of kernels that reduce a row.
    package var reductionLanes: Int
    /// Workgroup size of kernels where each invocation owns elements.
    package var elementwiseLanes: Int

    package init(_ device: Device) {
        self = device.description.kind == "cpu" ? .narrow(device) : .wide(device)
    }

    /// Workgroups of one subgroup without a barrier, which lavapipe runs best; 32 rows a workgroup are one weight tile.
    package static func narrow(_ device: Device) -> KernelTuning {
        let subgroup = device.subgroupSize
        let productLanes = min(subgroup, WeightLayout.tileRows)
        return KernelTuning(
            productLanes: productLanes, vectorRowsPerLane: WeightLayout.tileRows / productLanes, vectorSplits: 1,
            matrixRowsPerLane: 4, matrixTokens: 8, reductionLanes: subgroup, elementwiseLanes: max(64, subgroup))
    }

    /// Workgroups of many subgroups, so that a GPU has enough loads under way.
    package static func wide(_ device: Device) -> KernelTuning {
        // Vulkan promises workgroups of 128; nearly every GPU has at least 256.
        let limit = min(256, device.description.maxWorkgroupInvocations)
        return KernelTuning(
            productLanes: WeightLayout.tileRows, vectorRowsPerLane: 1, vectorSplits: limit / WeightLayout.tileRows,
            matrixRowsPerLane: 2, matrixTokens: 8, reductionLanes: max(limit, device.subgroupSize),
            elementwiseLanes: max(128, device.subgroupSize))
    }

    private init(
        productLanes: Int, vectorRowsPerLane: Int, vectorSplits: Int, matrixRowsPerLane: Int, matrixTokens: Int,
        reductionLanes: Int, elementwiseLanes: Int
    ) {
        self.productLanes = productLanes
        self.vectorRowsPerLane = vectorRowsPerLane
        self.vectorSplits = vectorSplits
        self.matrixRowsPerLane = matrixRowsPerLane
        self.matrixTokens = matrixTokens
        self.reductionLanes = reductionLanes
        self.elementwiseLanes = elementwiseLanes
    }
}

extension Pass {
    /// Tiles and splits of the kernels appended from now on: the device's own unless set.
    package var tuning: KernelTuning {
        get { tuningOverride as? KernelTuning ?? KernelTuning(device) }
        set { tuningOverride = newValue }
    }
}
