import LlamaradaDevice
import LlamaradaText

/// Buffers behind the last layer: logits on the device, and what of them the host reads.
struct VulkanOutput {
    /// Most rows of logits in one step.
    let rowCapacity: Int
    let input: View<Float>  // (rowCapacity, dim): the residual stream of the wanted rows
    let logits: View<Float>  // (rowCapacity, vocabulary)
    let hostLogits: HostView<Float>  // (rowCapacity, vocabulary)
    let chosen: View<UInt32>  // (rowCapacity)
    let hostChosen: HostView<UInt32>  // (rowCapacity)

    /// - Parameter capacity: most rows, as `rowCapacity(_:rows:_:)` bounds them.
    init(_ configuration: ModelConfiguration, capacity rowCapacity: Int, on device: Device) throws(DeviceError) {
        let (dim, vocabulary) = (configuration.dim, configuration.vocabularySize)
        self.rowCapacity = rowCapacity
        input = try device.allocate(Float.self, count: rowCapacity * dim, name: "head input")
        logits = try device.allocate(Float.self, count: rowCapacity * vocabulary, name: "logits")
        hostLogits = try device.allocateHost(
            Float.self, count: rowCapacity * vocabulary, name: "logits for the host")
        chosen = try device.allocate(UInt32.self, count: rowCapacity, name: "chosen tokens")
        hostChosen = try device.allocateHost(UInt32.self, count: rowCapacity, name: "chosen tokens for the host")
    }

    /// Most rows of logits in a step of at most `rows` rows: they take at most 64 MiB and fit one binding.
    static func rowCapacity(_ configuration: ModelConfiguration, rows: Int, _ device: DeviceDescription) -> Int {
        let byteLimit = min(64 << 20, device.maxStorageBufferRange)
        return max(1, StepShape.roundedDown(min(rows, byteLimit / (4 * configuration.vocabularySize))))
    }

    /// Records what is made of a step's logits.
    func record(_ pass: inout Pass, _ logits: VulkanTensor, _ ending: StepShape.Ending) {
        if ending.contains(.logits) { pass.copy(logits.view, to: hostLogits.view[0..<logits.view.count]) }
        guard ending.contains(.likeliest) else { return }
        pass.argmax(logits.view, into: chosen[0..<logits.rows])
        pass.copy(chosen[0..<logits.rows], to: hostChosen.view[0..<logits.rows])
    }

    /// The first rows of the buffer that holds an activation behind the last layer.
    func room(_ activation: Activation, rows: Int, columns: Int) -> View<Float> {
        (activation == .logits ? logits : input)[0..<rows * columns]
    }

    /// One row of the last run's logits: (vocabulary). `invalidate` comes first.
    func logits(row: Int) -> [Float] {
        let vocabulary = logits.count / rowCapacity
        return Array(hostLogits.elements[row * vocabulary..<(row + 1) * vocabulary])
    }

    /// The token that the device chose for a row of the last run; nil where its logits are NaN or infinite.
    func token(row: Int) -> TokenID? {
        let chosen = hostChosen.elements[row]
        return chosen == Reference.noToken ? nil : TokenID(bitPattern: chosen)
    }

    /// Makes what the device wrote visible.
    func invalidate() throws(DeviceError) {
        try hostLogits.invalidate()
        try hostChosen.invalidate()
    }
}
