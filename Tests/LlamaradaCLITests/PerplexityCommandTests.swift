import Foundation
import Testing

/// The demo model's perplexity over Article I of the Constitution of the United States, against what Hugging Face
/// computes in f64 (tools/fixtures/perplexity.py).
@Suite(.enabled(if: FileManager.default.fileExists(atPath: PerplexityFixture.model))) struct DemoPerplexityTests {
    /// As people read it: [1]7.3480,[2]8.4853,…, the estimate below.
    @Test func vulkanAgreesWithHuggingFace() throws {
        let fixture = try PerplexityFixture.load()
        let program = try Program.run(
            "perplexity", "-m", PerplexityFixture.model, "-f", PerplexityFixture.text, "--chunks", "2")
        #expect(program.status == 0, "\(program.errors)")
        let lines = program.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        let running = lines[0].split(separator: ",").compactMap { Double($0.drop { $0 != "]" }.dropFirst()) }
        #expect(running.count == 2 && lines[0].hasPrefix("[1]") && lines[0].hasSuffix(","))
        for (found, expected) in zip(running, fixture.running) { #expect(abs(found / expected - 1) < 1e-3) }
        let match = try #require(
            lines[1].wholeMatch(of: /Final estimate: PPL over 2 chunks for n_ctx=512 = ([0-9.]+) \+\/- ([0-9.]+)/))
        #expect(abs(try #require(Double(match.1)) / fixture.running[1] - 1) < 1e-3)
        // 510 scored tokens; PerplexityTests compares the uncertainty with its formula.
        #expect((0.3..<1).contains(try #require(Double(match.2))))
    }

    @Test func referenceAgreesWithHuggingFace() throws {
        let fixture = try PerplexityFixture.load()
        let program = try Program.run(
            "perplexity", "-m", PerplexityFixture.model, "-f", PerplexityFixture.text, "--backend", "cpu", "--chunks",
            "1", "--json")
        #expect(program.status == 0, "\(program.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(program.output.utf8))
        #expect(report.n_ctx == 512 && report.n_chunk == 1 && report.n_scored == 255)
        #expect(abs(report.ppl / fixture.running[0] - 1) < 1e-3)
        #expect(report.running_ppl == [report.ppl])
    }

    private struct Report: Decodable {
        let n_ctx: Int
        let n_chunk: Int
        let n_scored: Int
        let ppl: Double
        let running_ppl: [Double]
    }
}

@Suite struct PerplexityCommandTests {
    private static let tiny = PerplexityFixture.fixtures.appending(path: "models/q4_0.gguf").path()

    @Test func savesAndCompares() throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).base").path()
        defer { try? FileManager.default.removeItem(atPath: base) }
        let saved = try Program.run(
            "perplexity", "-m", Self.tiny, "-f", PerplexityFixture.text, "-c", "64", "--chunks", "3", "--backend",
            "cpu",
            "--kl-divergence-base", base)
        #expect(saved.status == 0 && saved.output.contains("PPL over 3 chunks for n_ctx=64 = "), "\(saved.errors)")
        let compared = try Program.run(
            "perplexity", "-m", Self.tiny, "--backend", "cpu", "--kl-divergence", "--kl-divergence-base", base)
        #expect(compared.status == 0, "\(compared.errors)")
        for line in [
            "Mean PPL(Q) ", "Mean PPL(base) ", "Cor(ln(PPL(Q)), ln(PPL(base))): 100.00%", "Mean ln(PPL(Q)/PPL(base)) ",
            "Mean    KLD:   0.000000 ±   0.000000", "Maximum KLD:   0.000000", "99.9%   KLD: ", "Maximum Δp: ",
            "RMS Δp    : ", "Same top p: 100.000 ",
        ] { #expect(compared.output.contains(line), "\(line)") }
        let json = try Program.run(
            "perplexity", "-m", Self.tiny, "--backend", "cpu", "--kl-divergence", "--kl-divergence-base", base, "--json"
        )
        #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])

        let foreign = try Program.run(
            "perplexity", "-m", Self.tiny, "--kl-divergence", "--kl-divergence-base", Self.tiny)
        #expect(foreign.status == 3 && foreign.errors.contains("'_logits_'"))
        let other = try Program.run(
            "perplexity", "-m", Self.tiny, "-c", "128", "--kl-divergence", "--kl-divergence-base", base)
        #expect(other.status == 64 && other.errors.contains("64 tokens"))
    }

    @Test func wrongUse() throws {
        for (arguments, status, words) in [
            (["-f", "/nonexistent"], 5, "/nonexistent"), ([], 64, "-f"),
            (["-f", "x", "--chunks", "0"], 64, "--chunks"),
            (["-f", "x", "-c", "2"], 64, "-c"), (["--kl-divergence"], 64, "--kl-divergence-base"),
            (["-f", PerplexityFixture.text, "-c", "100000", "--backend", "cpu"], 64, "Use a longer text"),
            (
                ["-f", PerplexityFixture.text, "-c", "64", "--backend", "cpu", "--kl-divergence-base", "/dev/full"], 5,
                "/dev/full"
            ),
        ] {
            let program = try Program.run(["perplexity", "-m", Self.tiny] + arguments)
            #expect(program.status == Int32(status) && program.errors.contains(words), "\(arguments): \(program)")
        }
    }
}

struct PerplexityFixture: Decodable {
    let running: [Double]
    let perplexity: Double
    let uncertainty: Double

    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")
    static let text = fixtures.appending(path: "perplexity/constitution.txt").path()
    static let model =
        ProcessInfo.processInfo.environment["LLAMARADA_DEMO_MODEL"]
        ?? fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf").path()

    static func load() throws -> PerplexityFixture {
        try JSONDecoder().decode(
            PerplexityFixture.self, from: Data(contentsOf: fixtures.appending(path: "perplexity/constitution.json")))
    }
}
