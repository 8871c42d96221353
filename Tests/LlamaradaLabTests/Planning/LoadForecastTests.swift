import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors
import Testing

/// Whether models fit cards of some memory, and what to change where they do not.
@Suite struct LoadForecastTests {
    private static let gibibyte = 1 << 30

    /// LLaMA 7B on the device at hand with so much memory and limits as a GPU's.
    private func forecast(
        _ type: ElementType, _ request: EngineRequest, gibibytes: Double, peaks: DevicePeaks? = nil
    ) throws -> LoadForecast {
        LoadForecast(
            .llama7B, ModelTensors(.llama7B, matrices: type), request,
            on: try device(UInt64(gibibytes * Double(Self.gibibyte))), peaks: peaks)
    }

    private func device(_ byteCount: UInt64) throws -> Device {
        try Device(
            .automatic, purpose: .compiling,
            describe: {
                $0.limitMemory(to: byteCount)
                $0.maxStorageBufferRange = 4 * Self.gibibyte - 4
                $0.maxAllocationByteCount = UInt64(4 * Self.gibibyte)
            })
    }

    @Test func a4BitFileFitsEightGigabytes() throws {
        let forecast = try forecast(.q4_K, EngineRequest(contextLength: 2048), gibibytes: 8)
        #expect(forecast.file.fitsWhole && forecast.advice.isEmpty)
        let plan = try #require(forecast.file.plan)
        // 4.5 bits a weight; 512 kB a position.
        #expect((3.5...4.2).contains(Double(plan.memory.weightByteCount) / 1e9))
        #expect((1...1.001).contains(Double(plan.memory.cacheByteCount) / Double(2048 << 19)))
        #expect(forecast.file.longestContext == 2048)
    }

    @Test func sixteenBitsDoNot() throws {
        let forecast = try forecast(.f16, EngineRequest(contextLength: 2048), gibibytes: 8)
        #expect(!forecast.file.fits && forecast.file.longestContext == nil)
        guard case .type(let type, let byteCount) = forecast.advice.last else {
            Issue.record("\(forecast.advice)")
            return
        }
        #expect(forecast.types.first { $0.elementType == type }?.fileByteCount == byteCount)
        #expect(forecast.types.first { $0.fitsWhole }?.elementType == type)
        #expect(!forecast.advice.contains { if case .context = $0 { true } else { false } })
    }

    /// The longest context fits, a page more does not; every advice does.
    @Test(arguments: [4.0, 4.5, 6, 8]) func everyAdviceFits(gibibytes: Double) throws {
        let request = EngineRequest(contextLength: 8192, slots: 2, keyCacheType: .f32, valueCacheType: .f32)
        let forecast = try forecast(.q4_0, request, gibibytes: gibibytes)
        #expect(!forecast.file.fitsWhole && !forecast.advice.isEmpty)
        for advice in forecast.advice {
            let (type, changed) = apply(advice, to: request)
            #expect(try fits(type ?? .q4_0, changed, gibibytes: gibibytes), "\(advice)")
        }
        if let longest = forecast.file.longestContext {
            var longer = request
            longer.contextLength = longest + 32
            #expect(try fits(.q4_0, longer, gibibytes: gibibytes) == false)
        }
    }

    private func fits(_ type: ElementType, _ request: EngineRequest, gibibytes: Double) throws -> Bool {
        let plan = try VulkanEngine.plan(
            request, ModelTensors(.llama7B, matrices: type), .llama7B,
            on: device(UInt64(gibibytes * Double(Self.gibibyte))))
        return plan.memory.fits && plan.isWhole
    }

    private func apply(_ advice: LoadAdvice, to request: EngineRequest) -> (ElementType?, EngineRequest) {
        var changed = request
        switch advice {
        case .context(let tokens): changed.contextLength = tokens
        case .cache(let keys, let values, let tokens):
            (changed.keyCacheType, changed.valueCacheType, changed.contextLength) = (keys, values, tokens)
        case .sequences(let count): changed.slots = count
        case .gpuLayers(let layers): changed.gpuLayers = layers
        case .type(let type, _): return (type, changed)
        case .cpuBackend: break
        }
        return (nil, changed)
    }

    @Test func everyTypeIsListedByItsSize() throws {
        let forecast = try forecast(.q8_0, EngineRequest(contextLength: 512), gibibytes: 24)
        #expect(Set(forecast.types.compactMap(\.elementType)) == Set(ElementType.allCases))
        let sizes = forecast.types.map(\.fileByteCount)
        #expect(sizes == sizes.sorted(by: >))
        // What the file is, and what it would be, are the same.
        let same = try #require(forecast.types.first { $0.elementType == .q8_0 })
        #expect(same.plan == forecast.file.plan && same.matrixTypes == [.q8_0])
        for (larger, smaller) in zip(forecast.types, forecast.types.dropFirst()) {
            #expect(try #require(larger.plan).memory.byteCount >= #require(smaller.plan).memory.byteCount)
        }
    }

    /// K types hold rows of whole blocks of 256; others hold the rest.
    @Test func rowsThatAreNoWholeBlocksHaveOtherTypes() throws {
        let odd = ModelConfiguration(
            name: "odd", layerCount: 2, dim: 288, headCount: 4, kvHeadCount: 2, ffnDim: 520, vocabularySize: 1000)
        let forecast = LoadForecast(
            odd, ModelTensors(odd, matrices: .f16), EngineRequest(contextLength: 64), on: try device(1 << 30))
        let types = Dictionary(uniqueKeysWithValues: forecast.types.map { ($0.elementType, $0.matrixTypes) })
        #expect(Set(types[.q4_K] ?? []) == [.q5_0, .f16] && Set(types[.q6_K] ?? []) == [.q8_0, .f16])
        #expect(Set(types[.q2_K] ?? []) == [.q4_0, .f16] && types[.bf16] == [.bf16])
    }

    /// Bytes a token by bandwidth: with an empty cache the weights alone, less the embedding's other rows.
    @Test func decodingIsBoundByBandwidth() throws {
        let peaks = DevicePeaks(readBandwidth: 400e9, flops: 20e12)
        let forecast = try forecast(.q4_0, EngineRequest(contextLength: 2048), gibibytes: 24, peaks: peaks)
        let rate = try #require(forecast.decodingRate(forecast.file))
        let weights = Double(try #require(forecast.file.plan).memory.weightByteCount)
        #expect((1...1.06).contains(rate.empty / (400e9 / weights)), "\(rate)")
        #expect(rate.full < rate.empty && rate.full > 0.5 * rate.empty)
        #expect(try self.forecast(.q4_0, EngineRequest(contextLength: 64), gibibytes: 24).peaks == nil)
    }

    /// With layers in host memory a step takes as long as both parts do, one after the other.
    @Test func layersInHostMemoryCostTheBus() throws {
        let device = try Device(
            .automatic, purpose: .compiling,
            describe: { description in
                description.limitMemory(to: 3 << 30)
                description.kind = "discrete"
                var host = description.heaps[0]
                (host.byteCount, host.availableByteCount, host.use) = (32 << 30, 32 << 30, .host)
                host.isDeviceLocal = false
                description.heaps.append(host)
                description.maxStorageBufferRange = 4 * Self.gibibyte - 4
            })
        let peaks = DevicePeaks(readBandwidth: 400e9, flops: 20e12, busBandwidth: 20e9)
        let forecast = LoadForecast(
            .llama7B, ModelTensors(.llama7B, matrices: .q4_0), EngineRequest(contextLength: 512), on: device,
            peaks: peaks)
        let splits = forecast.splits
        #expect(splits.first?.placement.devicePartCount == 0 && splits.last?.placement.devicePartCount == 33)
        let rates = splits.compactMap(\.mostTokensPerSecond)
        #expect(rates.count == splits.count && rates == rates.sorted())
        let all = try #require(splits.last), none = try #require(splits.first)
        #expect(all.memory.hostWeightByteCount == 0)
        // All but the embedding, of which a row is read, crosses the bus.
        let embedding = 32_000 * 4096 * 18 / 32
        let seconds = Double(none.memory.hostWeightByteCount - embedding) / 20e9
        #expect((0.98...1.02).contains(rates[0] * seconds), "\(rates)")
    }

    @Test func whatNoDeviceOfSuchLimitsCanHave() throws {
        let device = try Device(
            .automatic, purpose: .compiling, describe: { $0.maxStorageBufferRange = 1 << 20 })
        let forecast = LoadForecast(
            .llama7B, ModelTensors(.llama7B, matrices: .q4_0), EngineRequest(contextLength: 2048), on: device)
        guard case .failure(let error) = forecast.file.outcome else {
            Issue.record("a plan")
            return
        }
        #expect(error.code == .unsupported && !forecast.file.fits, "\(error)")
        #expect(forecast.file.longestContext.map { $0 < 2048 } ?? true)
    }
}
