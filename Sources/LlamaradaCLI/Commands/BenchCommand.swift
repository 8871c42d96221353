import ArgumentParser
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors

/// `llamarada bench`: how fast a model runs, and how much of the device that is.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure prompt and decoding speed, and the share of the device's measured peaks.",
        discussion: """
            Tests, columns and JSON keys are llama-bench's. Numbers may be lists (128,512) and ranges (128-512+128, \
            128-512*2); every combination is measured. Each test runs once untimed, then -r times; tokenizing is \
            left out, and so is sampling unless --sampling says otherwise. Bytes and operations are what the kernels declare; the peaks are measured by kernels \
            that only read or only multiply and add.
            """)

    @Option(
        name: [.customShort("m"), .long], parsing: .unconditional,
        help: .init(
            "The model: a GGUF file or a folder of Hugging Face's or Meta's, or several with commas between.",
            valueName: "file"),
        completion: .file(extensions: ["gguf"]))
    var model: String?

    @Option(
        name: [.customShort("p"), .customLong("n-prompt")], parsing: .unconditional,
        help: .init("Tokens of the prompt tests; 0 leaves them out.", valueName: "tokens"))
    var prompts: Sweep = .init(values: [512])

    @Option(
        name: [.customShort("n"), .customLong("n-gen")], parsing: .unconditional,
        help: .init("Tokens of the generation tests; 0 leaves them out.", valueName: "tokens"))
    var generations: Sweep = .init(values: [128])

    @Option(
        name: .customLong("pg", withSingleDash: true), parsing: .unconditionalSingleValue,
        help: .init("A test of a prompt and a generation together; may be given several times.", valueName: "pp,tg"))
    var pairs: [PromptAndGeneration] = []

    @Option(
        name: [.customShort("d"), .customLong("n-depth")], parsing: .unconditional,
        help: .init("Tokens in the cache before a test.", valueName: "tokens"))
    var depths: Sweep = .init(values: [0])

    @Option(
        name: [.customLong("np", withSingleDash: true), .customLong("parallel")], parsing: .unconditional,
        help: .init("Sequences at once, each with a prompt and an answer of its own; a list.", valueName: "count"))
    var sequences: Sweep = .init(values: [1])

    @Option(
        name: [.customShort("r"), .customLong("repetitions")], parsing: .unconditional,
        help: .init("Timed runs of each test.", valueName: "count"))
    var repetitions = 5

    @Option(help: "How tokens are chosen: the likeliest one, or as 'run' draws them by default.")
    var sampling: SamplingName = .greedy

    /// Ways to choose tokens.
    enum SamplingName: String, ExpressibleByArgument, CaseIterable {
        case greedy, `default`

        var options: SamplingOptions { self == .greedy ? .greedy : SamplingOptions(seed: 1) }
    }

    @Flag(help: "Leave out the untimed run before each test.")
    var noWarmup = false

    @OptionGroup var setups: BenchSetupArguments

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "The format: a Markdown table, or every value. SQL makes a table and rows for sqlite3.")
    var output: TableFormat = .md

    @Flag(help: "Only measure the device's peaks; needs no model.")
    var peaks = false

    @OptionGroup(title: "One operation alone") var kernel: KernelBenchArguments

    func validate() throws {
        if !(1...10_000).contains(repetitions) {
            throw ValidationError("-r must be from 1 to 10000, not \(repetitions).")
        }
        if let wrong = sequences.values.first(where: { !(1...LoadOptions.mostSequences ~= $0) }) {
            throw ValidationError("-np must be from 1 to \(LoadOptions.mostSequences), not \(wrong).")
        }
        if peaks, setups.backend == .cpu {
            throw ValidationError("--peaks measures a Vulkan device, not the CPU backend.")
        }
        if peaks, model != nil { throw ValidationError("--peaks measures the device alone: leave -m out.") }
        if kernel.operation != nil {
            if peaks || model != nil { throw ValidationError("--op measures one operation: leave -m and --peaks out.") }
            if setups.backend == .cpu { throw ValidationError("--op measures a Vulkan device, not the CPU backend.") }
            return
        }
        if !peaks, model == nil { throw ValidationError("Missing expected argument '-m <file>'.") }
        if let model, ModelList.paths(model).isEmpty { throw ValidationError("-m names no file.") }
        if !peaks, tests.isEmpty { throw ValidationError("-p and -n are both 0: there is nothing to measure.") }
    }

    func run() throws {
        _ = Interruption.ending()
        if peaks { return try measurePeaks() }
        if let operation = kernel.operation?.operation { return try measureKernel(operation) }
        // All of them before the first is measured: a wrong name must not come up an hour later.
        let subjects = try ModelList.paths(model ?? "").map { path in
            let model = try ModelLoader(path: path)
            return BenchSubject(file: model.file, configuration: model.configuration)
        }
        let isVulkan = setups.backend == .vulkan
        // A device of its own, gone before the model comes: the probes take 130 MB.
        let measured = isVulkan ? try DevicePeaks(Device(setups.device.selection)) : nil
        try measure(subjects, measured)
    }

    /// Measures every model in every setup; the rows that were shown before a failure get their end too.
    private func measure(_ subjects: [BenchSubject], _ peaks: DevicePeaks?) throws {
        var report = BenchReport(format: output, varying: setups.varying)
        var hasRows = false
        let measured = Result {
            for subject in subjects {
                warn(subject)
                for setup in setups.all {
                    try measure(subject, setup, peaks) { row in
                        try StandardOutput.write(report.add(row))
                        hasRows = true
                    }
                }
            }
        }
        if case .failure(let error) = measured, !hasRows || error is StandardOutput.Failure { throw error }
        try StandardOutput.write(report.end)
        try measured.get()
    }

    private func warn(_ subject: BenchSubject) {
        LoadingBar.warn(
            test: tests.map(\.contextLength).max() ?? 0, of: subject.file.path,
            trained: subject.configuration.contextLength)
    }

    private var tests: [BenchmarkTest] {
        BenchmarkTest.all(
            prompts: prompts.values, generations: generations.values,
            pairs: pairs.map { ($0.prompt, $0.generated) }, depths: depths.values, sequences: sequences.values)
    }

    private func measure(
        _ subject: BenchSubject, _ setup: BenchSetup, _ peaks: DevicePeaks?, _ show: (BenchRow) throws -> Void
    ) throws {
        let bar = LoadingBar()
        defer { bar.clear() }
        var options = setup.loadOptions(
            contextLength: tests.map(\.contextLength).max() ?? 1, device: setups.device.selection)
        options.sequences = sequences.values.max() ?? 1
        let engine = try ModelLoader(subject.file, subject.configuration).engine(options, progress: bar.show)
        bar.clear()
        let vulkan = engine as? VulkanEngine
        let (device, gpuLayers) = (vulkan?.device.description, vulkan?.placement.devicePartCount ?? 0)
        let benchmark = Benchmark(engine, sampling: sampling.options)
        for test in tests {
            let time = Timestamp.now
            let result = try explainingNonFiniteLogits(of: subject.file) {
                try benchmark.run(test, repetitions: repetitions, warmsUp: !noWarmup)
            }
            try show(
                BenchRow(
                    build: BuildInfo.stamp, subject: subject, setup: setup, device: device,
                    gpuLayers: gpuLayers, peaks: peaks, result: result, time: time))
        }
    }

    private func measureKernel(_ operation: KernelBenchmark.Operation) throws {
        let device = try Device(setups.device.selection)
        let peaks = try DevicePeaks(device)
        var report = KernelBenchReport(format: output)
        for benchmark in kernel.benchmarks(operation) {
            try benchmark.run(on: device, tunings: kernel.tunings(device), leastRuns: repetitions) { timing in
                let row = KernelBenchRow(
                    build: BuildInfo.stamp, device: device.description, peaks: peaks, timing: timing)
                try StandardOutput.write(report.add(row))
            }
        }
        try StandardOutput.write(report.end)
    }

    private func measurePeaks() throws {
        let device = try Device(setups.device.selection)
        let peaks = try DevicePeaks(device)
        // For `plan`, which says what speed is to be expected.
        peaks.remember(device.description)
        var units: [ArithmeticUnit: Double] = [:]
        for unit in [ArithmeticUnit.f16, .dot8] where unit.exists(on: device.description) {
            units[unit] = try DevicePeaks.arithmetic(device, unit)
        }
        let report = PeaksReport(device: device.description, peaks: peaks, units: units)
        try StandardOutput.write(output == .md ? report.text : report.text(as: output))
    }
}
