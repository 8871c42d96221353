package import LlamaradaDevice

/// The rotary angles of a model's layers in device memory, of each reach once.
package struct VulkanAngles {
    private let tables: [AttentionReach: View<SIMD2<Float>>]

    /// The table of the layers with this reach: (contextLength, pairs).
    package subscript(reach: AttentionReach) -> View<SIMD2<Float>> {
        guard let table = tables[reach] else { preconditionFailure("no angles of \(reach) attention") }
        return table
    }

    /// Computes and uploads them.
    init(_ c: ModelConfiguration, contextLength: Int, on device: Device) throws(DeviceError) {
        var tables: [AttentionReach: View<SIMD2<Float>>] = [:]
        for reach in c.reaches {
            let table = RoPETable(c, reach, contextLength: contextLength)
            let values = try device.allocate(Float.self, count: table.values.count, name: "rotary angles")
            try device.upload(table.values, to: values)
            tables[reach] = values.bound(to: SIMD2<Float>.self)
        }
        self.tables = tables
    }

    /// The same, never filled, on a device that only compiles.
    init(outlining c: ModelConfiguration, contextLength: Int, on device: Device) throws(DeviceError) {
        var tables: [AttentionReach: View<SIMD2<Float>>] = [:]
        for reach in c.reaches {
            let count = contextLength * (c.ropeDimensionCount / 2)
            tables[reach] = try device.allocate(SIMD2<Float>.self, count: count, name: "rotary angles")
            // What brings them to the device leaves its mark on the blocks.
            if device.isOutlining { _ = try device.allocateHost(SIMD2<Float>.self, count: count, name: "upload") }
        }
        self.tables = tables
    }
}
