package import LlamaradaDevice
import LlamaradaErrors

extension TokenEstimate {
    /// The estimate of a recorded pass, from what the device's driver compiles its kernels to.
    ///
    /// - Parameters:
    ///   - pass: of a device that compiles for `card`.
    ///   - tokens: that it computes.
    /// - Throws: `DeviceError` with code `.unsupported` where the driver shows no machine code.
    package init(_ pass: Pass, tokens: Int = 1, on card: Card) throws(DeviceError) {
        var kernels = CompiledKernels(device: pass.device, card: card)
        var spans: [[Item]] = []
        for span in Hazards.spans(of: pass.operations.map(\.access)) {
            var items: [Item] = []
            for operation in pass.operations[span.operations] { items.append(try kernels.item(operation)) }
            spans.append(items)
        }
        let work = pass.operations.map { SubmissionBudget.work(of: $0.cost) }
        self.init(
            card: card, spans: spans, submissions: pass.device.submissionBudget.cut(work).count, tokens: tokens)
    }
}

/// Kernels that were compiled, each once.
private struct CompiledKernels {
    let device: Device
    let card: Card
    private var known: [PipelineRequest.Key: (code: MachineCode, statistics: PipelineStatistics)] = [:]

    init(device: Device, card: Card) { (self.device, self.card) = (device, card) }

    mutating func item(_ operation: Pass.Operation) throws(DeviceError) -> TokenEstimate.Item {
        guard case .dispatch(let dispatch) = operation else {
            return TokenEstimate.Item(
                name: "copy", shape: "", estimate: KernelEstimate(byteCount: operation.cost.bytes, on: card))
        }
        // Depths aside, which differ from layer to layer in nothing else.
        return TokenEstimate.Item(
            name: dispatch.pipeline.name, shape: dispatch.shape,
            estimate: KernelEstimate(try work(dispatch), on: card))
    }

    private mutating func work(_ dispatch: Pass.Dispatch) throws(DeviceError) -> KernelWork {
        let kernel = try kernel(dispatch.pipeline)
        var readable: [Int: Int] = [:]
        for (index, (view, binding)) in zip(dispatch.buffers, dispatch.bindings).enumerated()
        where binding.access != .write {
            readable[index] = view.byteCount
        }
        var work = KernelWork(
            code: kernel.code, figures: PipelineFigures(kernel.statistics), subgroup: kernel.statistics.subgroupSize,
            workgroup: dispatch.pipeline.localSize.count,
            workgroups: dispatch.grid.x * dispatch.grid.y * dispatch.grid.z, byteCount: dispatch.cost.bytes,
            readByteCount: dispatch.cost.bytesRead, readable: readable)
        work.tiles = TiledLoops(dispatch)
        // By its bytes a tiled kernel would go round far too seldom.
        guard work.tiles.map({ $0.areFound(in: work) }) ?? true else {
            throw DeviceError(
                .unsupported,
                "\(dispatch.pipeline.name): its loops over tiles are not found in the code of \(device.description.driver), so nothing can be estimated"
            )
        }
        return work
    }

    private mutating func kernel(
        _ request: PipelineRequest
    ) throws(DeviceError) -> (code: MachineCode, statistics: PipelineStatistics) {
        if let kernel = known[request.key] { return kernel }
        let statistics = try device.inspect(request, representations: true)
        guard let text = statistics.machineCode else {
            throw DeviceError(
                .unsupported, "\(device.description.name) (\(device.description.driver)) shows no machine code")
        }
        let kernel = (card.code(text, subgroup: statistics.subgroupSize), statistics)
        known[request.key] = kernel
        return kernel
    }
}
