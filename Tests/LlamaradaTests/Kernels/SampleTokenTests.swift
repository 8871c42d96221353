import Llamarada
import LlamaradaDevice
import LlamaradaLab
import TestSupport
import Testing

@Suite struct SampleTokenTests {
    @Test(arguments: Checks.cases(of: "SampleToken")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// Workgroups of one subgroup, which no device is tuned for.
    @Test(arguments: Checks.cases(of: "SampleToken").filter { $0.shape.contains("257") })
    func oneSubgroup(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check) { device in
            var tuning = KernelTuning(device)
            tuning.samplingLanes = device.subgroupSize
            return ("one subgroup", tuning)
        }
    }

    /// Not one is another, penalties included. On devices that round otherwise one in 10,000 may be.
    @Test func aHundredThousandDrawsAreTheHosts() throws {
        let device = try Device()
        var count = 0
        for draws in Draws.all {
            let differing = try draws.differing(on: device)
            #expect(differing.isEmpty, "\(draws.name): rows \(differing.prefix(5)) of \(differing.count)")
            count += draws.rows
        }
        #expect(count >= 100_000)
    }

    @Test func doctorChecksBothKernels() {
        for stem in ["LogitChanges", "TopK", "SampleToken"] {
            #expect(Checks.operations.contains(stem) && Checks.cases(of: stem).count > 10)
        }
    }

    /// The host writes what the kernels read: word by word as Include/Sampling.glsl names them.
    @Test func layout() {
        #expect(MemoryLayout<SamplerRow>.stride == 52)
        var row = SamplerRow(
            mode: 1, topK: 2, topP: 3, logMinP: 4, inverseTemperature: 5, uniform: 6, penalty: 7, inversePenalty: 8)
        (row.typicalP, row.xtcThreshold) = (9, 10)
        (row.lowestTemperature, row.temperatureRange, row.temperatureExponent) = (11, 12, 13)
        let words = withUnsafeBytes(of: row) { Array($0.bindMemory(to: UInt32.self)) }
        #expect(words == [1, 2] + (3...13).map { Float($0).bitPattern })
    }
}

/// Many rows of one kind, drawn by the device and by the host.
private struct Draws: Sendable {
    var name: String
    var vocabulary: Int
    var rows: Int
    var options: SamplingOptions
    /// The logits of a row, from uniform numbers in [-1, 1).
    var logit: @Sendable (Float) -> Float = { 8 * $0 }
    /// Rows of one dispatch, in parts as on a wide device; nil for as many as fit, whole.
    var partedRows: Int?

    private static func unfiltered(_ temperature: Float) -> SamplingOptions {
        SamplingOptions(temperature: temperature, topP: 1, minP: 0)
    }

    static let all = [
        Draws(name: "defaults", vocabulary: 383, rows: 20_000, options: SamplingOptions()),
        Draws(name: "few tokens", vocabulary: 7, rows: 10_000, options: SamplingOptions()),
        Draws(name: "penalty", vocabulary: 383, rows: 15_000, options: SamplingOptions(repeatPenalty: 1.3)),
        Draws(name: "top-k alone", vocabulary: 97, rows: 10_000, options: unfiltered(1)),
        Draws(
            name: "the largest top-k", vocabulary: 383, rows: 6000,
            options: SamplingOptions(temperature: 1, topK: 128, topP: 0.99, minP: 0.001)),
        Draws(
            name: "greedy with a penalty", vocabulary: 383, rows: 6000,
            options: SamplingOptions(temperature: 0, repeatPenalty: 1.1)),
        Draws(name: "a tiny temperature", vocabulary: 97, rows: 3000, options: unfiltered(0x1p-130)),
        Draws(name: "a large temperature", vocabulary: 97, rows: 6000, options: unfiltered(30)),
        Draws(name: "a huge temperature", vocabulary: 97, rows: 3000, options: unfiltered(1e38)),
        Draws(
            name: "ties", vocabulary: 383, rows: 10_000, options: SamplingOptions(repeatPenalty: 2),
            logit: { (3 * $0).rounded() }),
        Draws(name: "all equal", vocabulary: 97, rows: 6000, options: SamplingOptions(), logit: { _ in 1 }),
        Draws(
            name: "more equal than there is room for", vocabulary: 1031, rows: 500, options: unfiltered(1),
            logit: { _ in -7 }),
        Draws(
            name: "huge negative", vocabulary: 97, rows: 4000, options: unfiltered(1),
            logit: { $0 < 0.9 ? $0 * .greatestFiniteMagnitude : $0 }),
        Draws(name: "a real vocabulary", vocabulary: 49_152, rows: 500, options: SamplingOptions()),
        Draws(
            name: "a real vocabulary with ties", vocabulary: 49_152, rows: 100,
            options: SamplingOptions(topK: 128, repeatPenalty: 1.2), logit: { (16 * $0).rounded() }),
        Draws(
            name: "typical", vocabulary: 383, rows: 8000, options: unfiltered(1).with { $0.typicalP = 0.4 }),
        Draws(
            name: "typical of ties", vocabulary: 97, rows: 4000, options: unfiltered(0.7).with { $0.typicalP = 0.8 },
            logit: { (3 * $0).rounded() }),
        Draws(
            name: "XTC", vocabulary: 383, rows: 10_000,
            options: SamplingOptions(topP: 1, minP: 0.01).with { $0.xtc = .init(probability: 0.5, threshold: 0.05) }),
        Draws(
            name: "dynamic temperature", vocabulary: 383, rows: 8000,
            options: SamplingOptions().with { $0.dynamicTemperature = .init(range: 0.6, exponent: 1.7) }),
        Draws(
            name: "dynamic temperature from 0", vocabulary: 31, rows: 4000,
            options: unfiltered(0).with { $0.dynamicTemperature = .init(range: 2, exponent: 0.3) },
            logit: { 30 * $0 }),
        Draws(
            name: "every filter", vocabulary: 383, rows: 10_000,
            options: SamplingOptions(temperature: 1.2, topK: 60, topP: 0.9, minP: 0.02).with {
                $0.typicalP = 0.85
                $0.xtc = .init(probability: 0.7, threshold: 0.08)
                $0.dynamicTemperature = .init(range: 1)
            }, logit: { 4 * $0 }),
        Draws(
            name: "every filter at temperature 0", vocabulary: 97, rows: 4000,
            options: SamplingOptions(temperature: 0).with {
                $0.typicalP = 0.7
                $0.xtc = .init(probability: 0.5, threshold: 0.1)
            }),
        Draws(
            name: "penalties and biases", vocabulary: 97, rows: 8000,
            options: SamplingOptions(
                repeatPenalty: 1.2, repeatLastN: 30, presencePenalty: 0.7, frequencyPenalty: 0.3,
                logitBias: [3: 2, 5: -.greatestFiniteMagnitude, 8: .greatestFiniteMagnitude, 200: 1]
            ).with { $0.dry = .init(multiplier: 0.8, allowedLength: 0) },
            logit: { $0 > -0.9 ? 8 * $0 : -.greatestFiniteMagnitude }),
        Draws(
            name: "penalties over recent text", vocabulary: 31, rows: 4000,
            options: SamplingOptions(
                temperature: 0, repeatLastN: 20, presencePenalty: -0.7, frequencyPenalty: 0.3
            ).with { $0.penalisedText = .recent }),
        Draws(
            name: "every filter in parts", vocabulary: 2063, rows: 1000,
            options: SamplingOptions(temperature: 1.2, topK: 128, topP: 0.9, minP: 0.02).with {
                $0.typicalP = 0.85
                $0.xtc = .init(probability: 0.7, threshold: 0.02)
                $0.dynamicTemperature = .init(range: 1)
            }, partedRows: 4),
        Draws(name: "in parts", vocabulary: 2063, rows: 2000, options: SamplingOptions(), partedRows: 4),
        Draws(
            name: "in parts with ties", vocabulary: 2063, rows: 1000,
            options: SamplingOptions(temperature: 1, topK: 128, topP: 0.99, minP: 0.001), logit: { (9 * $0).rounded() },
            partedRows: 2),
        Draws(name: "in many parts", vocabulary: 49_152, rows: 50, options: SamplingOptions(), partedRows: 1),
    ]

    /// The rows in which the device's token is not the host's.
    func differing(on device: Device) throws -> [Int] {
        var (random, sampler) = (RandomValues(seed: UInt64(vocabulary + rows)), Sampler(seeded))
        let most = partedRows ?? min(rows, (8 << 20) / (4 * vocabulary))
        let logits = try device.allocate(Float.self, count: most * vocabulary, name: "logits")
        let changes = try device.allocateHost(UInt32.self, count: most * LogitChange.rowWords, name: "changes")
        let parameters = try device.allocateHost(SamplerRow.self, count: most, name: "parameters")
        let candidates = try device.allocate(UInt64.self, count: LogitParts.candidateRoom, name: "candidates")
        let chosen = try device.allocate(UInt32.self, count: most, name: "chosen tokens")
        var differing: [Int] = []
        for start in stride(from: 0, to: rows, by: most) {
            var expected: [UInt32] = []
            var values: [Float] = []
            values.reserveCapacity(logits.count)
            for row in 0..<most {
                let logits = (0..<vocabulary).map { _ in logit(random.next()) }
                values += logits
                let history = (0..<80).map { _ in Int32((random.next() + 1) / 2 * Float(vocabulary)) }
                // The host draws from a copy that has the same random numbers before it.
                var host = sampler
                let list = sampler.changes(history: history, answer: history[40...])
                parameters.elements[row] = sampler.nextRow()
                let words = row * LogitChange.rowWords..<(row + 1) * LogitChange.rowWords
                LogitChange.write(list, to: UnsafeMutableBufferPointer(rebasing: changes.elements[words]))
                let token = try host.sample(logits, history: history, answer: history[40...])
                expected.append(UInt32(token))
            }
            try changes.flush()
            try parameters.flush()
            try device.upload(values, to: logits)
            try device.upload([UInt32](repeating: 0x7FED_FEED, count: most), to: chosen)
            var pass = Pass(device)
            if partedRows != nil {
                pass.tuning = .wide(device)
                #expect(LogitParts(rows: most, columns: vocabulary, pass.tuning).count > 1)
            }
            pass.changeLogits(logits, changes: changes.view, parameters: parameters.view)
            pass.sampleToken(logits, parameters: parameters.view, candidates: candidates, into: chosen)
            try device.run(pass)
            let found = try device.download(chosen)
            differing += expected.indices.filter { found[$0] != expected[$0] }.map { start + $0 }
        }
        return differing
    }

    private var seeded: SamplingOptions {
        var options = options
        options.seed = 17
        return options
    }
}
