import LlamaradaDevice
import LlamaradaText

/// Buffers of the rows that something is wanted of: their residual stream, logits on the device, and what of them the host
/// reads.
struct VulkanOutput {
    /// Most rows of logits in one step.
    let rowCapacity: Int
    let input: View<Float>  // (rowCapacity, dim): the residual stream of the wanted rows
    let logits: View<Float>  // (rowCapacity, vocabulary)
    let hostLogits: HostView<Float>  // (rowCapacity, vocabulary)
    private let hostHidden: HostView<Float>  // (rowCapacity, dim)
    let chosen: View<UInt32>  // (rowCapacity)
    /// What the parts of each row give before the row: (rowCapacity, KernelTuning.mostParts).
    private let parts: View<UInt32>
    /// What the parts of rows hold that may be drawn: (LogitParts.candidateRoom).
    private let candidates: View<UInt64>
    private let turns: [Turn]
    private let deviceParameters: View<SamplerRow>
    private let deviceChanges: View<UInt32>
    private let deviceMasks: View<UInt32>  // (rowCapacity, TokenMask.rowWords)
    /// Words of a row's mask.
    private let maskWords: Int

    /// What the host writes for a step and reads of it besides logits, of which only one step at once gives some.
    private struct Turn {
        let chosen: HostView<UInt32>  // (rowCapacity)
        let parameters: HostView<SamplerRow>  // (rowCapacity)
        let changes: HostView<UInt32>  // (rowCapacity, LogitChange.rowWords)
        let masks: HostView<UInt32>  // (rowCapacity, TokenMask.rowWords)
    }

    /// - Parameter capacity: most rows, as `rowCapacity(_:rows:_:)` bounds them.
    init(_ configuration: ModelConfiguration, capacity rowCapacity: Int, on device: Device) throws(DeviceError) {
        let (dim, vocabulary) = (configuration.dim, configuration.vocabularySize)
        self.rowCapacity = rowCapacity
        input = try device.allocate(Float.self, count: rowCapacity * dim, name: "head input")
        logits = try device.allocate(Float.self, count: rowCapacity * vocabulary, name: "logits")
        hostLogits = try device.allocateHost(
            Float.self, count: rowCapacity * vocabulary, name: "logits for the host")
        hostHidden = try device.allocateHost(Float.self, count: rowCapacity * dim, name: "final norm for the host")
        chosen = try device.allocate(UInt32.self, count: rowCapacity, name: "chosen tokens")
        parts = try device.allocate(UInt32.self, count: rowCapacity * KernelTuning.mostParts, name: "parts of logits")
        candidates = try device.allocate(UInt64.self, count: LogitParts.candidateRoom, name: "candidates")
        let words = rowCapacity * LogitChange.rowWords
        maskWords = TokenMask.rowWords(vocabulary: vocabulary)
        let allMaskWords = rowCapacity * maskWords
        turns = try VulkanStepTurns.each { () throws(DeviceError) in
            Turn(
                chosen: try device.allocateHost(UInt32.self, count: rowCapacity, name: "chosen tokens for the host"),
                parameters: try device.allocateHost(
                    SamplerRow.self, count: rowCapacity, name: "sampling for the device"),
                changes: try device.allocateHost(UInt32.self, count: words, name: "changes of logits for the device"),
                masks: try device.allocateHost(UInt32.self, count: allMaskWords, name: "masks for the device"))
        }
        deviceParameters = try device.allocate(SamplerRow.self, count: rowCapacity, name: "sampling")
        deviceChanges = try device.allocate(UInt32.self, count: words, name: "changes of logits")
        deviceMasks = try device.allocate(UInt32.self, count: allMaskWords, name: "masks")
    }

    /// Most rows of logits in a step of at most `rows` rows: they take at most 64 MiB and fit one binding.
    static func rowCapacity(_ configuration: ModelConfiguration, rows: Int, _ device: DeviceDescription) -> Int {
        let byteLimit = min(64 << 20, device.maxStorageBufferRange)
        return max(1, StepShape.roundedDown(min(rows, byteLimit / (4 * configuration.vocabularySize))))
    }

    /// Records what is made of a step's logits.
    func record(_ pass: inout Pass, _ logits: VulkanTensor, _ ending: StepShape.Ending, turn: Int) {
        if ending.contains(.logits) { pass.copy(logits.view, to: hostLogits.view[0..<logits.view.count]) }
        guard !ending.isDisjoint(with: [.likeliest, .sampled]) else { return }
        let rows = 0..<logits.rows
        if ending.contains(.sampled) {
            recordSampling(&pass, logits, turns[turn], ending)
        } else {
            if ending.contains(.masked) { recordMasks(&pass, logits, turns[turn]) }
            pass.argmax(logits.view, parts: parts, into: chosen[rows])
        }
        pass.copy(chosen[rows], to: turns[turn].chosen.view[rows])
    }

    /// Records that the host gets what the head multiplies, which lies where the residual stream of the wanted rows lay.
    func recordHidden(_ pass: inout Pass, rows: Int) {
        let range = 0..<rows * (input.count / rowCapacity)
        pass.copy(input[range], to: hostHidden.view[range])
    }

    private func recordSampling(_ pass: inout Pass, _ logits: VulkanTensor, _ turn: Turn, _ ending: StepShape.Ending) {
        let rows = 0..<logits.rows
        pass.copy(turn.parameters.view[rows], to: deviceParameters[rows])
        if ending.contains(.penalised) {
            let words = 0..<logits.rows * LogitChange.rowWords
            pass.copy(turn.changes.view[words], to: deviceChanges[words])
            pass.changeLogits(logits.view, changes: deviceChanges[words], parameters: deviceParameters[rows])
        }
        // Last, since a penalty would make the lowest number infinite.
        if ending.contains(.masked) { recordMasks(&pass, logits, turn) }
        pass.sampleToken(
            logits.view, parameters: deviceParameters[rows], candidates: candidates, into: chosen[rows])
    }

    private func recordMasks(_ pass: inout Pass, _ logits: VulkanTensor, _ turn: Turn) {
        let words = 0..<logits.rows * maskWords
        pass.copy(turn.masks.view[words], to: deviceMasks[words])
        pass.maskLogits(logits.view, masks: deviceMasks[words], rows: logits.rows)
    }

    /// Writes which tokens may be chosen, before a run of commands that end in `.masked`.
    ///
    /// - Parameter masks: row by row of the logits; nil where all may, or where the row only fills up.
    func writeMasks(_ masks: [[UInt32]?], turn: Int) throws(DeviceError) {
        for (index, mask) in masks.enumerated() {
            let words = index * maskWords..<(index + 1) * maskWords
            TokenMask.write(mask, to: UnsafeMutableBufferPointer(rebasing: turns[turn].masks.elements[words]))
        }
        try turns[turn].masks.flush()
    }

    /// Writes how tokens are chosen, before a run of commands that end in `.sampled`.
    ///
    /// - Parameter outputs: what is wanted, row by row of the logits; nil for rows that only fill up.
    func write(_ outputs: [Step.Output?], turn: Int) throws(DeviceError) {
        let (parameters, changes) = (turns[turn].parameters, turns[turn].changes)
        for (index, output) in outputs.enumerated() {
            let words = index * LogitChange.rowWords..<(index + 1) * LogitChange.rowWords
            let row = UnsafeMutableBufferPointer(rebasing: changes.elements[words])
            switch output {
            case .sampled(let sampling, let list):
                parameters.elements[index] = sampling
                LogitChange.write(list, to: row)
            case .likeliest:
                parameters.elements[index] = .likeliest
                LogitChange.write([], to: row)
            case .logits, .hidden, .nothing, nil:
                parameters.elements[index] = .none
                LogitChange.write([], to: row)
            }
        }
        try parameters.flush()
        try changes.flush()
    }

    /// The first rows of the buffer that holds an activation of the wanted rows alone.
    func room(_ activation: Activation, rows: Int, columns: Int) -> View<Float> {
        (activation == .logits ? logits : input)[0..<rows * columns]
    }

    /// One row of the last run's logits: (vocabulary). `invalidate` comes first.
    func logits(row: Int) -> [Float] {
        let vocabulary = logits.count / rowCapacity
        return Array(hostLogits.elements[row * vocabulary..<(row + 1) * vocabulary])
    }

    /// What the head multiplied in one row of the last run: (dim). `invalidate` comes first.
    func hidden(row: Int) -> [Float] {
        let dim = hostHidden.count / rowCapacity
        return Array(hostHidden.elements[row * dim..<(row + 1) * dim])
    }

    /// The token that the device chose for a row of a turn's last run; nil where its logits are NaN or infinite.
    func token(row: Int, turn: Int) -> TokenID? {
        let chosen = turns[turn].chosen.elements[row]
        return chosen == Reference.noToken ? nil : TokenID(bitPattern: chosen)
    }

    /// Makes what the device wrote visible.
    func invalidate(turn: Int) throws(DeviceError) {
        try hostLogits.invalidate()
        try hostHidden.invalidate()
        try turns[turn].chosen.invalidate()
    }
}
