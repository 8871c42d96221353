/// A list of work for the device, in order: dispatches and copies.
///
/// Building a pass touches no GPU. Barriers follow from what each operation declares to read and write; `Device.encode`
/// turns the list into command buffers, which can be submitted many times.
package struct Pass {
    /// One kernel over one grid.
    package struct Dispatch {
        package var pipeline: PipelineRequest
        package var bindings: [BindingInterface]
        package var buffers: [BufferView]
        package var push: [UInt8]
        package var grid: Grid
        package var cost: Cost
        /// Such as "(576, 1536) × 1", for profilers and reports. What follows " @ " is a depth, which differs from pass to
        /// pass: reports put all depths together.
        package var shape: String
        /// Where in the model, such as "layer 3 gate"; from `Pass.scope`.
        package var scope: String
    }

    /// One step of the list.
    package enum Operation {
        case dispatch(Dispatch)
        case copy(from: BufferView, to: BufferView)
    }

    package let device: Device
    package private(set) var operations: [Operation] = []
    /// The name that dispatches from now on carry.
    package var scope = ""
    /// What the kernels' host halves choose tiles and splits by, where that is not left to the device; opaque here.
    package var tuningOverride: (any Sendable)?

    package init(_ device: Device) { self.device = device }

    /// Appends a kernel. An empty grid appends nothing.
    ///
    /// - Parameters:
    ///   - push: the push-constant block.
    ///   - specialize: values of the specialisation constants.
    ///   - grid: workgroups along each axis.
    ///   - cost: operations and bytes, for submission sizes, profile and roofline.
    ///   - shape: the sizes as a person names them.
    ///   - subgroupSize: invocations of a subgroup; nil takes the device's preferred number.
    package mutating func dispatch<K: Kernel>(
        _ kernel: K, push: K.Push, specialize: K.Specialization, over grid: Grid, cost: Cost, shape: String,
        subgroupSize: Int? = nil
    ) {
        guard !grid.isEmpty else { return }
        for (view, binding) in zip(kernel.buffers, K.bindings) { require(view, binding, of: K.stem) }
        operations.append(
            .dispatch(
                Dispatch(
                    pipeline: PipelineRequest(
                        K.self, kernel.variant, specialize, subgroupSize: subgroupSize),
                    bindings: K.bindings,
                    buffers: kernel.buffers,
                    push: withUnsafeBytes(of: push) { Array($0) },
                    grid: grid, cost: cost, shape: shape, scope: scope)))
    }

    /// Appends a copy of bytes.
    package mutating func copy<Element>(_ source: View<Element>, to target: View<Element>) {
        precondition(source.view.byteCount == target.view.byteCount, "a copy between views of different sizes")
        operations.append(.copy(from: source.view, to: target.view))
    }

    /// A binding that breaks the device's rules is a mistake in the host half of a kernel.
    private func require(_ view: BufferView, _ binding: BindingInterface, of stem: String) {
        precondition(
            view.byteOffset % device.storageAlignment == 0,
            "\(stem).\(binding.name): offset \(view.byteOffset) is not a multiple of \(device.storageAlignment)")
        precondition(
            view.byteCount <= device.description.maxStorageBufferRange,
            "\(stem).\(binding.name): \(view.byteCount) bytes exceed maxStorageBufferRange; split by rows")
    }

    /// The sum of all costs.
    package var cost: Cost {
        operations.reduce(Cost()) { $0 + $1.cost }
    }

    /// How many dispatches.
    package var dispatchCount: Int {
        operations.count { if case .dispatch = $0 { true } else { false } }
    }
}

extension Pass.Operation {
    package var cost: Cost {
        switch self {
        case .dispatch(let dispatch): dispatch.cost
        case .copy(let source, _): Cost(bytesRead: source.byteCount, bytesWritten: source.byteCount)
        }
    }

    /// What the operation reads, as ranges for `Hazards`.
    package var reads: [Hazards.Region] {
        switch self {
        case .dispatch(let dispatch):
            zip(dispatch.buffers, dispatch.bindings).filter { $1.access != .write }.map { $0.0.region }
        case .copy(let source, _): [source.region]
        }
    }

    /// What the operation writes, as ranges for `Hazards`.
    package var writes: [Hazards.Region] {
        switch self {
        case .dispatch(let dispatch):
            zip(dispatch.buffers, dispatch.bindings).filter { $1.access != .read }.map { $0.0.region }
        case .copy(_, let target): [target.region]
        }
    }
}

extension Pass.Operation {
    /// The operation as `Hazards` sees it.
    package var access: Hazards.Access {
        let stage: Hazards.Stage = if case .dispatch = self { .shader } else { .transfer }
        return Hazards.Access(stage, reads: reads, writes: writes)
    }
}

extension BufferView {
    var region: Hazards.Region { .init(buffer: buffer.id, bytes: byteOffset..<byteOffset + byteCount) }
}
