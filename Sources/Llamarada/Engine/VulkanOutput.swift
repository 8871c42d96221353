import LlamaradaDevice

/// Buffers behind the last layer: logits on the device, and what of them the host reads.
struct VulkanOutput {
    /// Most rows of logits in one pass; bounded so that they take at most 64 MiB and fit one binding.
    let rowCapacity: Int
    let input: View<Float>  // (rowCapacity, dim): the residual stream of the wanted rows
    let logits: View<Float>  // (rowCapacity, vocabulary)
    let hostLogits: HostView<Float>  // (rowCapacity, vocabulary)
    let chosen: View<UInt32>  // (1)
    let hostChosen: HostView<UInt32>  // (1)

    init(vocabulary: Int, dim: Int, capacity: Int, on device: Device) throws(DeviceError) {
        let byteLimit = min(64 << 20, device.description.maxStorageBufferRange)
        rowCapacity = max(1, min(capacity, byteLimit / (4 * vocabulary)))
        input = try device.allocate(Float.self, count: rowCapacity * dim, name: "head input")
        logits = try device.allocate(Float.self, count: rowCapacity * vocabulary, name: "logits")
        hostLogits = try device.allocateHost(
            Float.self, count: rowCapacity * vocabulary, name: "logits for the host")
        chosen = try device.allocate(UInt32.self, count: 1, name: "chosen token")
        hostChosen = try device.allocateHost(UInt32.self, count: 1, name: "chosen token for the host")
    }

    /// The first rows of the buffer that holds an activation behind the last layer.
    func room(_ activation: Activation, rows: Int, columns: Int) -> View<Float> {
        (activation == .logits ? logits : input)[0..<rows * columns]
    }

    /// The first `rows` rows of logits of the last run.
    func logits(rows: Int) throws(DeviceError) -> [Float] {
        try hostLogits.invalidate()
        return Array(hostLogits.elements.prefix(rows * (logits.count / rowCapacity)))
    }

    /// The token that the device chose in the last run.
    ///
    /// - Throws: `NonFiniteLogits` where some of the logits were NaN or infinite.
    func chosenToken() throws -> Int32 {
        try hostChosen.invalidate()
        guard hostChosen.elements[0] != Reference.noToken else { throw NonFiniteLogits() }
        return Int32(bitPattern: hostChosen.elements[0])
    }
}
