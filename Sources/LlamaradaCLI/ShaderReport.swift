import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// What a driver made of kernels, as text or JSON.
struct ShaderReport {
    struct Kernel {
        var use: PipelineUse
        var statistics: PipelineStatistics

        var figures: PipelineFigures { PipelineFigures(statistics) }

        /// Such as "lanes 32, splits 8".
        var constants: String {
            named.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        }

        var named: [(name: String, value: UInt32)] {
            zip(use.request.constantNames, use.request.key.constants).map { ($0, $1.bits) }
        }
    }

    var device: DeviceDescription
    var gpu: String?
    var model: String?
    var kernels: [Kernel]
}

// MARK: - Text

extension ShaderReport {
    var text: String {
        var table = TextTable([.left, .left, .left] + [TextTable.Side](repeating: .right, count: 12))
        table.add(
            "kernel", "variant", "specialised", "sub", "VGPR", "SGPR", "spills", "LDS", "scratch", "waves", "instr",
            "latency", "inv.thr", "decode", "prompt")
        for kernel in kernels { add(kernel, to: &table) }
        return """
            \(device.name), \(device.driver) \(device.driverInfo): \(model?.escapingControls ?? "LLaMA 7B in every weight and cache type"), \(kernels.count) pipelines

            \(table.text)
            sub: lanes of a subgroup. LDS: shared memory of a workgroup, bytes. scratch: private memory, bytes. waves:
            subgroups that fit one SIMD unit. latency, inv.thr: the compiler's estimates in cycles, comparable between
            versions of one kernel only. decode, prompt: dispatches of a decoded token and of a chunk of a prompt.
            –: the driver does not tell.

            """
    }

    private func add(_ kernel: Kernel, to table: inout TextTable) {
        func cell(_ value: Int?) -> String { value.map(String.init) ?? "–" }
        let figures = kernel.figures
        let request = kernel.use.request
        table.add(
            request.stem, request.variantName, kernel.constants, cell(kernel.statistics.subgroupSize),
            cell(figures.vectorRegisters), cell(figures.scalarRegisters), cell(figures.spills),
            cell(figures.sharedByteCount), cell(figures.scratchByteCount), cell(figures.subgroupsPerSIMD),
            cell(figures.instructions), cell(figures.latency), cell(figures.inverseThroughput),
            String(kernel.use.decodeCount), String(kernel.use.promptCount))
    }

    /// Every kernel's machine code under a headline.
    func machineCode() throws(DeviceError) -> String {
        var text = ""
        for kernel in kernels {
            guard let code = kernel.statistics.machineCode else {
                throw DeviceError(.unsupported, "\(device.name) (\(device.driver)) shows no machine code.")
            }
            let request = kernel.use.request
            text += "; \(request.name): \(kernel.constants)\n\(code)\(code.hasSuffix("\n") ? "" : "\n")\n"
        }
        return text
    }
}

extension PipelineStatistics {
    /// RADV calls it "Assembly", ANV "GEN Assembly".
    var machineCode: String? {
        representations.first { $0.name.lowercased().contains("assembly") }?.text
    }
}

// MARK: - JSON

extension ShaderReport {
    var json: JSON {
        .object([
            ("device", .string(device.name)), ("driver", .string(device.driver)),
            ("driver_info", .string(device.driverInfo)), ("gpu", gpu.map { .string($0) } ?? .null),
            ("model", model.map { .string($0) } ?? .null), ("pipelines", .array(kernels.map(json))),
        ])
    }

    private func json(_ kernel: Kernel) -> JSON {
        let request = kernel.use.request
        let size = request.localSize
        var members: [(String, JSON)] = [
            ("kernel", .string(request.stem)), ("variant", .string(request.variantName)),
            ("constants", .object(kernel.named.map { ($0.name, .integer($0.value)) })),
            ("workgroup", .array([.integer(size.x), .integer(size.y), .integer(size.z)])),
            ("subgroup_size", .integer(kernel.statistics.subgroupSize)),
            ("decode_dispatches", .integer(kernel.use.decodeCount)),
            ("prompt_dispatches", .integer(kernel.use.promptCount)),
        ]
        members += kernel.figures.named.map { ($0, $1.map { .integer($0) } ?? .null) }
        members.append(("statistics", .object(kernel.statistics.statistics.map { ($0.name, Self.number($0.value)) })))
        if let code = kernel.statistics.machineCode { members.append(("isa", .string(code))) }
        return .object(members)
    }

    private static func number(_ value: Double) -> JSON { Int(exactly: value).map { .integer($0) } ?? .number(value) }
}

extension PipelineFigures {
    /// The figures by the names of the JSON report.
    var named: [(String, Int?)] {
        [
            ("vector_registers", vectorRegisters), ("scalar_registers", scalarRegisters), ("spills", spills),
            ("shared_bytes", sharedByteCount), ("scratch_bytes", scratchByteCount),
            ("subgroups_per_simd", subgroupsPerSIMD), ("instructions", instructions), ("branches", branches),
            ("code_bytes", codeByteCount), ("latency", latency), ("inverse_throughput", inverseThroughput),
        ]
    }
}
