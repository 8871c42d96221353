import Foundation
import LlamaradaTensors
import Testing

/// NaN is never a result: neither agreement nor text nor a perplexity.
@Suite struct NonFiniteTests {
    private static let text = "Hello there, you two"

    /// A copy of the f32 fixture in which elements of a tensor are replaced.
    private func withDamaged(
        _ tensor: String, elements: Range<Int>? = nil, by value: Float = .nan, _ body: (String) throws -> Void
    ) throws {
        let original = Fixtures.model("f32")
        let place = try #require(try GGUFFile.open(path: original).tensors.first { $0.name == tensor })
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: original)))
        for element in elements ?? 0..<place.elementCount {
            let start = place.byteOffset + 4 * element
            withUnsafeBytes(of: value) { bytes.replaceSubrange(start..<start + 4, with: $0) }
        }
        try Fixtures.withTemporaryPath("damaged.gguf") { path in
            try Data(bytes).write(to: URL(filePath: path))
            try body(path)
        }
    }

    @Test(arguments: ["output_norm.weight", "blk.0.attn_q.weight"])
    func compareNamesTheFirstTensor(tensor: String) throws {
        try withDamaged(tensor, elements: 3..<4) { path in
            let program = try Program.run("compare", "-m", path, "-p", Self.text)
            #expect(program.status == 1 && !program.output.contains("AGREES"))
            let first = tensor == "output_norm.weight" ? "finalNorm" : "layer 0 q"
            #expect(program.output.contains("NOT FINITE: \(first) ("))
            #expect(program.output.contains("tensor '\(tensor)' holds nan at element 3"))
            let report = try Program.run("compare", "-m", path, "-p", Self.text, "--json")
            #expect(report.status == 1 && report.output.contains("\"passes\":false"))
            #expect(report.output.contains("\"verdict\":\"notFinite\""))
        }
    }

    @Test func compareOfTwoFilesIsNoAgreement() throws {
        try withDamaged("output_norm.weight") { path in
            for arguments in [[path, Fixtures.model("f32")], [Fixtures.model("f32"), path], [path, path]] {
                let program = try Program.run(
                    "compare", "-m", arguments[0], "--against", arguments[1], "-p", Self.text)
                #expect(program.status == 1 && program.output.contains("NOT FINITE: finalNorm"), "\(program.output)")
            }
        }
    }

    @Test(arguments: ["vulkan", "cpu"], [[], ["--temp", "0"], ["--top-k", "0", "--top-p", "1", "--min-p", "0"]])
    func runNamesTheTensor(backend: String, sampling: [String]) throws {
        try withDamaged("output_norm.weight", elements: 5..<6) { path in
            let program = try Program.run(
                ["run", "-m", path, "-p", Self.text, "-n", "4", "--backend", backend] + sampling)
            #expect(program.status == 3 && program.output.isEmpty)
            #expect(program.errors.contains("tensor 'output_norm.weight' holds nan at element 5"))
            #expect(program.errors.split(separator: "\n").count == 1)
        }
    }

    @Test(arguments: ["vulkan", "cpu"]) func scoresAndPerplexityStop(backend: String) throws {
        try withDamaged("blk.1.ffn_down.weight", elements: 7..<8, by: .infinity) { path in
            let score = try Program.run("score", "-m", path, "-p", Self.text, "--backend", backend)
            #expect(score.status == 3 && score.output.isEmpty)
            #expect(score.errors.contains("tensor 'blk.1.ffn_down.weight' holds inf at element 7"))
            try Fixtures.withTemporaryPath("base.kld") { base in
                let text = Fixtures.folder.appending(path: "perplexity/constitution.txt").path()
                let program = try Program.run(
                    "perplexity", "-m", path, "-f", text, "-c", "32", "--chunks", "2", "--backend", backend,
                    "--kl-divergence-base", base)
                #expect(program.status == 3 && !program.output.contains("PPL"))
                #expect(!FileManager.default.fileExists(atPath: base))
            }
        }
    }

    /// Weights that are finite, and logits that overflow f32.
    @Test(arguments: ["vulkan", "cpu"]) func finiteWeightsBlameTheComputation(backend: String) throws {
        try withDamaged("output_norm.weight", by: 3e38) { path in
            let program = try Program.run(
                "run", "-m", path, "-p", Self.text, "-n", "4", "--temp", "0", "--backend", backend)
            #expect(program.status == 4 && program.output.isEmpty)
            #expect(program.errors.contains("llamarada doctor") && program.errors.contains("llamarada compare"))
        }
    }

    @Test func benchAndProfileStopToo() throws {
        try withDamaged("output_norm.weight") { path in
            for arguments in [["bench", "-p", "8", "-n", "2", "-r", "1"], ["profile", "-p", "8", "-n", "2"]] {
                let program = try Program.run(arguments + ["-m", path])
                #expect(program.status == 3 && program.errors.contains("'output_norm.weight'"), "\(program.errors)")
            }
        }
    }
}
