import LlamaradaDevice

/// Buffers behind the last layer: logits on the device, and what of them the host reads.
struct VulkanOutput {
    /// Most rows of logits in one pass; bounded so that they take at most 64 MiB and fit one binding.
    let rowCapacity: Int
    let input: View<Float>  // (rowCapacity, dim): the residual stream of the wanted rows
    let logits: View<Float>  // (rowCapacity, vocabulary)
    let hostLogits: View<Float>  // (rowCapacity, vocabulary)
    let chosen: View<UInt32>  // (1)
    let hostChosen: View<UInt32>  // (1)
    let uniform: View<Float>  // (1), written by the host

    init(vocabulary: Int, dim: Int, capacity: Int, on device: Device) throws(DeviceError) {
        let byteLimit = min(64 << 20, device.description.maxStorageBufferRange)
        rowCapacity = max(1, min(capacity, byteLimit / (4 * vocabulary)))
        input = try device.allocate(Float.self, count: rowCapacity * dim, name: "head input")
        logits = try device.allocate(Float.self, count: rowCapacity * vocabulary, name: "logits")
        hostLogits = try device.allocate(
            Float.self, count: rowCapacity * vocabulary, name: "logits for the host", placement: .host)
        chosen = try device.allocate(UInt32.self, count: 1, name: "chosen token")
        hostChosen = try device.allocate(UInt32.self, count: 1, name: "chosen token for the host", placement: .host)
        uniform = try device.allocate(Float.self, count: 1, name: "uniform number", placement: .host)
    }

    /// The first `rows` rows of logits of the last run.
    func logits(rows: Int) throws(DeviceError) -> [Float] {
        try hostLogits.view.buffer.invalidate()
        guard let mapped = hostLogits.view.buffer.mapped else { return [] }
        let vocabulary = logits.count / rowCapacity
        return Array(mapped.bindMemory(to: Float.self).prefix(rows * vocabulary))
    }

    /// The token that the device chose in the last run.
    func chosenToken() throws(DeviceError) -> Int32 {
        try hostChosen.view.buffer.invalidate()
        return hostChosen.view.buffer.mapped?.load(as: Int32.self) ?? 0
    }

    /// Sets the number in [0, 1) that the next draw uses.
    func setUniform(_ value: Double) throws(DeviceError) {
        // Float(value) may round up to 1, which would draw nothing.
        let single = min(Float(value), Float(1).nextDown)
        uniform.view.buffer.mapped?.storeBytes(of: single, as: Float.self)
        try uniform.view.buffer.flush()
    }
}
