package import LlamaradaDevice
package import LlamaradaLab
import LlamaradaTensors

/// What a driver made of kernels, as text or JSON.
package struct ShaderReport {
    /// A pipeline and what the driver tells about it.
    package struct Kernel {
        let use: PipelineUse
        let statistics: PipelineStatistics
        let figures: PipelineFigures

        package init(use: PipelineUse, statistics: PipelineStatistics) {
            self.use = use
            self.statistics = statistics
            figures = PipelineFigures(statistics)
        }

        /// The specialisation constants.
        fileprivate var constants: [(name: String, value: UInt32)] {
            zip(use.request.constantNames, use.request.key.constants).map { ($0, $1.bits) }
        }

        /// Such as "lanes 32, splits 8".
        fileprivate var constantsText: String {
            constants.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        }
    }

    let device: DeviceDescription
    let gpu: String?
    let model: String?
    let kernels: [Kernel]

    package init(device: DeviceDescription, gpu: String?, model: String?, kernels: [Kernel]) {
        self.device = device
        self.gpu = gpu
        self.model = model
        self.kernels = kernels
    }

    /// The table, with what its heads mean.
    package var text: String {
        """
        \(device.name), \(device.driver) \(device.driverInfo): \
        \(model?.escapingControls ?? "LLaMA 7B in every weight and cache type"), \(kernels.count) pipelines

        \(Self.table.selecting(Self.shown).text(kernels))
        sub: lanes of a subgroup. LDS: shared memory of a workgroup, bytes. scratch: private memory, bytes. waves:
        subgroups that fit one SIMD unit. latency, inv.thr: the compiler's estimates in cycles, comparable between
        versions of one kernel only. decode, prompt: dispatches of a decoded token and of a chunk of a prompt.
        –: the driver does not tell.

        """
    }

    /// Every kernel's machine code under a headline.
    package func machineCode() throws(DeviceError) -> String {
        var text = ""
        for kernel in kernels {
            guard let code = kernel.statistics.machineCode else {
                throw DeviceError(.unsupported, "\(device.name) (\(device.driver)) shows no machine code")
            }
            let request = kernel.use.request
            text += "; \(request.name): \(kernel.constantsText)\n\(code)\(code.hasSuffix("\n") ? "" : "\n")\n"
        }
        return text
    }

    /// The whole report; the machine code is there where it was asked for.
    package var json: JSON {
        let hasCode = kernels.contains { $0.statistics.machineCode != nil }
        let code = Column<Kernel>(key: "isa") { .text(orMissing: $0.statistics.machineCode) }
        return .object([
            ("device", .string(device.name)), ("driver", .string(device.driver)),
            ("driver_info", .string(device.driverInfo)), ("gpu", gpu.map { .string($0) } ?? .null),
            ("model", model.map { .string($0) } ?? .null),
            ("pipelines", Table(Self.table.columns + (hasCode ? [code] : [])).json(kernels)),
        ])
    }
}

extension ShaderReport {
    private static let table = Table<Kernel>([
        Column("kernel", key: "kernel", .left) { .text($0.use.request.stem) },
        Column("variant", key: "variant", .left) { .text($0.use.request.variantName) },
        Column("specialised", key: "constants", .left) { kernel in
            .nested(.object(kernel.constants.map { ($0.name, .integer($0.value)) }), text: kernel.constantsText)
        },
        Column(key: "workgroup") { kernel in
            let size = kernel.use.request.localSize
            return .nested(.array([.integer(size.x), .integer(size.y), .integer(size.z)]))
        },
        Column("sub", key: "subgroup_size") { .integer($0.statistics.subgroupSize) },
        Column("decode", key: "decode_dispatches") { .integer($0.use.decodeCount) },
        Column("prompt", key: "prompt_dispatches") { .integer($0.use.promptCount) },
        Column("VGPR", key: "vector_registers") { .integer(orMissing: $0.figures.vectorRegisters) },
        Column("SGPR", key: "scalar_registers") { .integer(orMissing: $0.figures.scalarRegisters) },
        Column("spills", key: "spills") { .integer(orMissing: $0.figures.spills) },
        Column("LDS", key: "shared_bytes") { .integer(orMissing: $0.figures.sharedByteCount) },
        Column("scratch", key: "scratch_bytes") { .integer(orMissing: $0.figures.scratchByteCount) },
        Column("waves", key: "subgroups_per_simd") { .integer(orMissing: $0.figures.subgroupsPerSIMD) },
        Column("instr", key: "instructions") { .integer(orMissing: $0.figures.instructions) },
        Column(key: "branches") { .integer(orMissing: $0.figures.branches) },
        Column(key: "code_bytes") { .integer(orMissing: $0.figures.codeByteCount) },
        Column("latency", key: "latency") { .integer(orMissing: $0.figures.latency) },
        Column("inv.thr", key: "inverse_throughput") { .integer(orMissing: $0.figures.inverseThroughput) },
        // By the names that the driver has for them.
        Column(key: "statistics") { kernel in
            .nested(.object(kernel.statistics.statistics.map { ($0.name, number($0.value)) }))
        },
    ])

    /// The columns for people, in their order.
    private static let shown = [
        "kernel", "variant", "constants", "subgroup_size", "vector_registers", "scalar_registers", "spills",
        "shared_bytes", "scratch_bytes", "subgroups_per_simd", "instructions", "latency", "inverse_throughput",
        "decode_dispatches", "prompt_dispatches",
    ]

    private static func number(_ value: Double) -> JSON { Int(exactly: value).map { .integer($0) } ?? .number(value) }
}
