import Foundation
import Llamarada
import LlamaradaLab
import LlamaradaTensors
import Testing

/// One's own tensors as the other side.
@Suite struct TraceTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
    private var path: String { folder.path() }

    /// Writes what the CPU reference computes as a trace, lets `change` at its files, and compares the device with it.
    private func compare(
        _ name: String = "f32", _ change: (URL) throws -> Void = { _ in },
        request adjust: (inout ComparisonRequest) -> Void = { _ in }
    ) throws -> ComparisonFindings {
        defer { try? FileManager.default.removeItem(at: folder) }
        var request = ComparisonTests.request(name)
        (request.against, request.usesCPU) = (request.model, true)
        // A prompt of one pass, and three tokens one at a time.
        (request.tokenLimit, request.runsEveryOperation) = (20, false)
        request.dump = try OutputFolder(path: path)
        #expect(try request.compare().result.verdict == .identical)
        request.dump = nil
        try change(folder)
        var traced = ComparisonRequest(model: request.model)
        traced.fuses = true
        (traced.trace, traced.threads) = (path, 2)
        adjust(&traced)
        return try traced.compare().result
    }

    @Test(arguments: ["f32", "q4_1", "qwen2-f32", "qwen3-f16"]) func agreesWithTheReferencesTrace(name: String) throws {
        let result = try compare(name)
        #expect(result.kind == .trace && result.verdict == .agrees && result.repeatsUnobserved == true)
        #expect(result.tensors.allSatisfy { $0.alone != nil && $0.bound == nil })
        #expect(result.logits.positions.map(\.token) == Array(0..<result.tokens.count))
        #expect(result.decodeCount == 3 && result.promptCount == 17)
    }

    @Test func theReferenceIsIdenticalToItsTrace() throws {
        #expect(try compare(request: { $0.usesCPU = true }).verdict == .identical)
    }

    @Test func anAlteredTensorIsNamed() throws {
        let result = try compare { folder in
            try rewrite(folder, 0) { name, values in
                if name == "layer.1.gate" { values[7] += 1 }
                return true
            }
        }
        #expect(result.verdict == .drift && !result.passes)
        #expect(result.firstBeyond?.point == TapPoint(layer: 1, .gate))
        #expect(result.firstBeyond?.endToEnd.maxAbsoluteAt.column == 7)
        #expect(result.largestContributions(1).first?.point == TapPoint(layer: 1, .gate))
    }

    @Test func aNaNIsNoAgreement() throws {
        let result = try compare { folder in
            try rewrite(folder, 1) { name, values in
                if name == "layer.0.v" { values[0] = .nan }
                return true
            }
        }
        #expect(result.verdict == .notFinite && result.firstNonFinite?.point == TapPoint(layer: 0, .v))
    }

    @Test func logitsAloneWillDo() throws {
        let result = try compare { folder in
            for pass in try 0..<passCount(folder) { try rewrite(folder, pass) { name, _ in name == "logits" } }
        }
        #expect(result.verdict == .agrees && result.tensors.map(\.point.activation) == [.logits, .logits])
        #expect(result.tensors.allSatisfy { $0.alone == nil })
    }

    /// Whatever is left out, what is there is compared, and alone where its inputs are there too.
    @Test(arguments: Activation.allCases) func oneKindOfTensorLess(_ missing: Activation) throws {
        let result = try compare { folder in
            for pass in try 0..<passCount(folder) {
                try rewrite(folder, pass) { name, _ in name.split(separator: ".").last ?? "" != missing.rawValue }
            }
        }
        #expect(result.passes && !result.tensors.contains { $0.point.activation == missing })
        #expect(result.tensors.contains { $0.alone != nil })
        #expect(
            (result.tensors.contains { $0.alone == nil })
                == [
                    .embedding, .attentionNorm, .q, .k, .v, .qRotated, .kRotated, .kCached, .vCached, .attention,
                    .attentionOutput, .afterAttention, .ffnNorm, .gate, .up, .swiglu, .down, .afterFFN, .finalNorm,
                ].contains(missing))
    }

    @Test func tolerancesReplaceTheClass() throws {
        #expect(try compare(request: { $0.tolerance = ComparisonTolerance(nmse: 1e-20) }).verdict == .beyondTolerance)
        #expect(
            try compare(request: { $0.tolerance = ComparisonTolerance(meanDivergence: 0) }).verdict == .beyondTolerance)
        #expect(
            try compare(request: { $0.tolerance = ComparisonTolerance(meanDivergence: 1, nmse: 1) }).verdict == .agrees)
    }

    @Test(arguments: [
        ("\"format_version\":1", "\"format_version\":2", "'format_version'"),
        ("\"tokens\":[", "\"tokens\":[397,", "397"),
        ("\"tokens\":[", "\"tokens\":[-1,", "-1"), ("\"tokens\":[", "\"tokens\":[1,", "passes over"),
        ("\"position\":0", "\"position\":1", "begin at 0"), ("\"token_count\":17", "\"token_count\":0", "pass 0"),
        ("\"token_count\":17", "\"token_count\":18", "pass 1"),
        ("\"token_count\":17", "\"token_count\":9223372036854775807", "pass 0"),
        ("pass-0000-prompt", "../pass", "'../pass.safetensors'"), ("pass-0000-prompt", "other", "other.safetensors"),
        ("\"passes\":[", "\"passes\":{", "a text"), ("\"passes\"", "\"tokens\"", "'tokens' again"),
    ])
    func aDamagedManifestIsRefused(text: String, replacement: String, problem: String) throws {
        #expect {
            try compare { folder in
                let manifest = folder.appending(path: "manifest.json")
                var content = try String(contentsOf: manifest, encoding: .utf8)
                let place = try #require(content.range(of: text))
                content.replaceSubrange(place, with: replacement)
                try content.write(to: manifest, atomically: false, encoding: .utf8)
            }
        } throws: { "\($0)".contains(problem) && [.invalid, .missing].contains(($0 as? CheckpointError)?.code) }
    }

    @Test func foreignTensorsAreRefused() throws {
        func error(_ names: [String: String]) -> String {
            do {
                _ = try compare { folder in try rewrite(folder, 0, names: names) { _, _ in true } }
                return ""
            } catch { return "\(error)" }
        }
        #expect(error(["layer.0.q": "layer.2.q"]).contains("tensor 'layer.2.q': expected a tensor of this model"))
        #expect(
            error(["layer.0.q": "layer.0.qBiased"]).contains("pass-0000-prompt.safetensors: tensor 'layer.0.qBiased'"))
        #expect(error(["layer.0.q": "logits", "logits": "layer.0.q"]).contains("expected the shape [17, "))
    }

    @Test func nothingIsNoAgreement() throws {
        #expect(throws: CheckpointError.self) {
            try compare { folder in
                for pass in try 0..<passCount(folder) { try rewrite(folder, pass) { _, _ in false } }
            }
        }
        // In decoding the device shows no norm that is part of a product.
        #expect {
            try compare { folder in
                for pass in try 0..<passCount(folder) {
                    try rewrite(folder, pass) { name, _ in pass > 0 && name.hasSuffix("attentionNorm") }
                }
            }
        } throws: { "\($0)".contains("Nothing compared") }
        #expect {
            try compare { folder in
                for pass in try 0..<passCount(folder) { try rewrite(folder, pass) { name, _ in name != "logits" } }
            } request: {
                $0.tolerance.meanDivergence = 1
            }
        } throws: { "\($0)".contains("KL divergence") }
    }

    // MARK: Files

    private func passes(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasPrefix("pass-") }.sorted()
    }

    private func passCount(_ folder: URL) throws -> Int { try passes(folder).count }

    /// Writes the file of a pass again with other values or names, without the tensors that `change` does not keep.
    private func rewrite(
        _ folder: URL, _ pass: Int, names: [String: String] = [:], _ change: (String, inout [Float]) -> Bool
    ) throws {
        let path = folder.appending(path: try passes(folder)[pass]).path()
        let file = try SafetensorsFile(source: try ModelFile(path: path))
        var writer = try SafetensorsWriter(
            try AtomicOutputFile(path: path), names: file.tensors.map { names[$0.name] ?? $0.name }, metadata: [])
        for tensor in file.tensors {
            var values = try file.floats(of: tensor)
            guard change(tensor.name, &values) else { continue }
            try writer.add(names[tensor.name] ?? tensor.name, shape: tensor.shape, values)
        }
        try writer.finish()
    }
}
