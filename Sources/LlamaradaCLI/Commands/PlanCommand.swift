import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada plan`: whether a model fits a device, by the file's header alone.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say whether a model fits a device, what takes how much memory, and what else would fit.",
        discussion: """
            Reads the file's header alone and allocates nothing. Exit status 0 where the model fits, 1 where it does \
            not. What a load allocates is what the plan says, blocks of memory included; a load that can't fit is \
            refused by the same plan.
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        name: [.customLong("np", withSingleDash: true), .long], parsing: .unconditional,
        help: .init("Sequences that are computed together.", valueName: "count"))
    var parallel = 1

    @Option(
        parsing: .unconditional,
        help: .init(
            "Plan for a device with so much memory in the place of its own, such as 8G; K, M and G are powers of 1024.",
            valueName: "size"))
    var memory: MemorySize?

    @Flag(
        help:
            "Measure the device for a second, and say how fast the model can be at most; later plans remember it.")
    var measure = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if !(1...LoadOptions.mostSequences ~= parallel) {
            throw ValidationError("-np must be from 1 to \(LoadOptions.mostSequences), not \(parallel).")
        }
        if model.backend == .cpu {
            throw ValidationError("--backend cpu needs no plan: it reads the weights as it computes.")
        }
        if measure, memory != nil {
            throw ValidationError("--memory means a device that is not there, --measure one that is: give one of them.")
        }
    }

    func run() throws {
        let loader = try ModelLoader(path: model.model)
        var options = model.loadOptions
        options.sequences = parallel
        let measured = measure ? try measurePeaks() : nil
        let device = try Device(
            model.device.selection, purpose: .compiling,
            describe: { if let memory { $0.limitMemory(to: memory.byteCount) } })
        // Of a device that is not there nothing is known.
        let peaks = measured ?? (memory == nil ? DevicePeaks.known(device.description) : nil)
        let forecast = try LoadForecast(loader, loader.request(options, on: device), on: device, peaks: peaks)
        let report = PlanReport(path: model.model, forecast: forecast, spelling: { $0.onCommandLine })
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
        if !forecast.file.fits { throw ExitCode(ExitStatus.comparisonFailed) }
    }

    private func measurePeaks() throws -> DevicePeaks {
        let device = try Device(model.device.selection)
        let peaks = try DevicePeaks(device)
        peaks.remember(device.description)
        return peaks
    }
}

/// A number of bytes with or without a unit.
struct MemorySize: ExpressibleByArgument {
    var byteCount: UInt64

    init?(argument: String) {
        let units: [Character: UInt64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = UInt64(unit == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
        let product = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !product.overflow, product.partialValue <= 1 << 60 else { return nil }
        byteCount = product.partialValue
    }
}

extension LoadAdvice {
    /// The advice in flags.
    fileprivate var onCommandLine: String {
        switch self {
        case .context(let tokens): "-c \(tokens)"
        case .cache(let keys, let values, let context):
            "-ctk \(keys.rawValue) -ctv \(values.rawValue)" + " -c \(context)"
        case .sequences(let count): "-np \(count)"
        case .gpuLayers(let layers): "-ngl \(layers)"
        case .type(let type, _): "a file in \(type.name)"
        case .cpuBackend: "--backend cpu"
        }
    }
}
