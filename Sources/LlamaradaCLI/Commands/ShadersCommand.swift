import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaErrors
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada shaders`: what the driver makes of every kernel that a model uses.
struct ShadersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shaders",
        abstract: "Show registers, spills, occupancy and machine code of every compiled kernel.",
        discussion: """
            Without -m: the kernels of LLaMA 7B for every weight type and cache type. Nothing is loaded or run, so a \
            model need not fit. --gpu compiles for a GPU that is not in the machine; for Intel's and NVIDIA's, \
            tools/absent-gpus/run starts the program. --estimate tells from that how long a token would take.
            """)

    @Option(
        name: [.customShort("m"), .long],
        help: "Only the kernels of this model: a GGUF file, or a folder of Hugging Face's or Meta's.",
        completion: .file(extensions: ["gguf"]))
    var model: String?

    @OptionGroup var device: DeviceOption

    @Option(
        help:
            "A GPU that need not be there, such as \(AbsentGPU.examples.joined(separator: ", ")); needs Mesa's driver."
    )
    var gpu: String?

    @Option(
        name: [.customLong("ctk", withSingleDash: true), .customLong("cache-type-k")],
        help: "With -m: how keys are kept: f16, f32 or q8_0.")
    var cacheTypeK: KVCacheType = .f16

    @Option(
        name: [.customLong("ctv", withSingleDash: true), .customLong("cache-type-v")],
        help: "With -m: how values are kept: f16, f32 or q8_0.")
    var cacheTypeV: KVCacheType = .f16

    @Option(
        defaultAsFlag: "",
        help: ArgumentHelp(
            "Print the machine code, of all kernels or of those whose name contains this, such as 'MatVec Q4_0'.",
            valueName: "name"))
    var isa: String?

    @OptionGroup var options: EstimateOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if gpu != nil, device.device != nil {
            throw ValidationError("--gpu means a GPU that is not there, -dev one that is: give one of them.")
        }
        try options.check(model: model, gpu: gpu)
    }

    func run() throws {
        if options.estimate { return try runEstimate() }
        if let gpu { try AbsentGPU(named: gpu).select() }
        let device = try Device(self.device.selection, purpose: .compiling)
        guard device.capturesStatistics else { throw silentDriver(device.description) }
        let uses = try uses(device).filter { isa.map($0.request.isNamed) ?? true }
        if uses.isEmpty { throw ValidationError("No kernel's name contains '\(isa ?? "")'.") }
        let kernels = try uses.map { use in
            ShaderReport.Kernel(
                use: use, statistics: try device.inspect(use.request, representations: isa != nil))
        }
        let report = ShaderReport(device: device.description, gpu: gpu, model: model, kernels: kernels)
        if isa != nil, !json { return try StandardOutput.write(report.machineCode()) }
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }

    private func uses(_ device: Device) throws -> [PipelineUse] {
        guard let model else { return try PipelineUse.representative(device) }
        let file = try GGUFFile.open(path: model)
        let configuration = try ModelConfiguration(gguf: file)
        return try PipelineUse.all(
            tensors: ModelTensors(file, configuration), configuration: configuration, device: device,
            keyCacheType: cacheTypeK, valueCacheType: cacheTypeV)
    }

    func silentDriver(_ description: DeviceDescription) -> DeviceError {
        DeviceError(
            .unsupported,
            "\(description.name) (\(description.driver)) tells nothing about compiled kernels: it has no "
                + "VK_KHR_pipeline_executable_properties",
            remedy: .other("Use --gpu navi31 to compile for an AMD GPU that need not be there"))
    }
}

extension PipelineRequest {
    /// Whether the name contains `part`, upper and lower case alike.
    fileprivate func isNamed(_ part: String) -> Bool { part.isEmpty || name.lowercased().contains(part.lowercased()) }
}
