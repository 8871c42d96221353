import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors
import TestSupport
import Testing

/// The correct engine agrees with the reference, and what differs between two files is located.
@Suite struct ComparisonTests {
    static let text =
        "She rowed around the island: 3 hours, 20 minutes (\"badly\", said the café)\nand then back again."

    static func request(_ name: String) -> ComparisonRequest {
        var request = ComparisonRequest(model: path(name))
        request.text = text
        request.decodeCount = 3
        request.chunk = 17  // several chunks, the last of another size
        request.threads = 2
        request.fuses = true
        return request
    }

    static func path(_ name: String) -> String { ModelFixture.folder.appending(path: "models/\(name).gguf").path() }

    @Test(arguments: ModelFixture.names) func agreesWithTheReference(name: String) throws {
        let report = try Self.request(name).compare()
        let (result, configuration) = (report.result, report.configuration)
        #expect(result.verdict == .agrees, "\(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
        #expect(result.repeatsUnobserved == true)
        #expect(result.tensors.allSatisfy { $0.alone != nil && $0.bound != nil })
        // In decoding each of a layer's two norms is part of the products behind it.
        let plain = Decoder(configuration).tensorCount
        #expect(plain >= 17 * configuration.layerCount + 3)
        #expect(result.tensors.count == 2 * plain - 2 * configuration.layerCount)
        #expect(result.logits.positions.map(\.token) == Array(0..<result.tokens.count))
    }

    /// The types of weights change nothing of that, and kernels take long to compile on CPUs.
    @Test(arguments: ModelFixture.few, [KVCacheType.f32, .q8_0])
    func agreesWithAnotherCache(name: String, cache: KVCacheType) throws {
        var request = Self.request(name)
        (request.keyCacheType, request.valueCacheType) = (cache, cache)
        let result = try request.compare().result
        #expect(result.verdict == .agrees, "\(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
        #expect(result.repeatsUnobserved == true)
    }

    @Test(arguments: ["f32", "q4_1"]) func agreesWithoutFusedKernels(name: String) throws {
        var request = Self.request(name)
        request.fuses = false
        let result = try request.compare().result
        #expect(result.verdict == .agrees && result.repeatsUnobserved == true)
        let layers = (result.tensors.compactMap(\.point.layer).max() ?? 0) + 1
        #expect(result.tensors.count == 2 * (17 * layers + 3))
        #expect(!result.tensors.contains { $0.kernel == "RMSNormMatVec" })
    }

    @Test func twentyTimesInARow() throws {
        for round in 0..<20 {
            let result = try Self.request(ModelFixture.names[round % ModelFixture.names.count]).compare().result
            #expect(result.passes, "round \(round): \(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: DemoModel.path)))
    func demoModelAgrees() throws {
        var request = ComparisonRequest(model: DemoModel.path)
        request.text = "The capital of France is"
        let result = try request.compare().result
        #expect(result.verdict == .agrees, "\(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
        #expect(result.logits.sameTopCount == result.tokens.count)
    }

    /// Activations of models have outliers, which bytes represent worse than normally distributed numbers.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: DemoModel.path)), arguments: [PrecisionClass.half, .int8])
    func demoModelAgreesInOtherClasses(_ precision: PrecisionClass) throws {
        var request = ComparisonRequest(model: DemoModel.path)
        request.text = "The capital of France is"
        request.precision = precision
        let result = try request.compare().result
        #expect(result.verdict == .agrees, "\(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
        #expect(result.precision == precision)
        #expect(result.tensors.contains { $0.kernel == "Int8MatMul" } == (precision == .int8))
    }

    @Test func oneTokenAndNoDecoding() throws {
        var request = Self.request("f32")
        request.tokenLimit = 1
        #expect(try request.compare().result.tensors.allSatisfy { $0.phase == .decode })
        request.tokenLimit = 9
        request.decodeCount = 0
        #expect(try request.compare().result.tensors.allSatisfy { $0.phase == .prompt })
    }

    @Test func aDeviceIsIdenticalToItself() throws {
        var request = Self.request("q4_0")
        request.devices = [.index(0), .index(0)]
        #expect(try request.compare().result.verdict == .identical)
    }

    @Test func withoutRunningOperationsAlone() throws {
        var request = Self.request("q8_0")
        request.runsEveryOperation = false
        let result = try request.compare().result
        #expect(result.passes && result.tensors.allSatisfy { $0.alone == nil })
    }

    @Test(arguments: [false, true]) func locatesADamagedWeight(usesCPU: Bool) throws {
        let damaged = try DamagedModel("f32", tensor: "blk.1.ffn_gate.weight")
        var request = Self.request("f32")
        request.model = damaged.path
        request.against = Self.path("f32")
        request.usesCPU = usesCPU
        let result = try request.compare().result
        let place = TapPoint(layer: 1, .gate)
        #expect(result.firstDifferent?.point == place)
        #expect(result.largestContributions(1).first?.point == place)
        #expect(result.firstDifferent?.weight?.name == "blk.1.ffn_gate.weight")
        #expect(result.firstDifferent?.endToEnd.maxAbsoluteAt.column == DamagedModel.row)
        #expect(result.verdict == .agrees, "no tolerance was given")
        request.tolerance = ComparisonTolerance(meanDivergence: 0)
        #expect(try request.compare().result.verdict == .beyondTolerance)
        request.tolerance = ComparisonTolerance(nmse: 1e-12)
        #expect(try request.compare().result.verdict == .beyondTolerance)
        request.tolerance = ComparisonTolerance(meanDivergence: 100, nmse: 100)
        #expect(try request.compare().result.verdict == .agrees)
    }

    @Test func aFileIsIdenticalToItself() throws {
        var request = Self.request("mixed")
        request.against = Self.path("mixed")
        #expect(try request.compare().result.verdict == .identical)
    }

    @Test func filesOfOtherModelsAreRefused() throws {
        var request = Self.request("f32")
        request.against = Self.path("mixed")
        #expect(throws: GenerationError.self) { try request.compare() }
        request = Self.request("f32")
        request.text = ""
        request.tokenLimit = 0
        #expect(throws: GenerationError.self) { try request.compare() }
    }
}

/// A copy of a model of f32 weights in which one weight is wrong.
private final class DamagedModel {
    static let row = 5
    let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()

    init(_ name: String, tensor: String) throws {
        let file = try GGUFFile.open(path: ComparisonTests.path(name))
        let description = try #require(file.tensor(named: tensor))
        var bytes = try Data(contentsOf: URL(filePath: file.path))
        let offset = description.byteOffset + Self.row * description.rowByteCount + 4 * 3
        // Byte 3 of an f32: sign and high exponent bits.
        bytes[offset + 3] = 0x40
        try bytes.write(to: URL(filePath: path))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
