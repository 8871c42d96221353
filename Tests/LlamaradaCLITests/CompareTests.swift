import Foundation
import Testing

@Suite struct CompareTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/models")

    private func model(_ name: String) -> String { Self.models.appending(path: "\(name).gguf").path() }

    @Test func agreesAndSaysSo() throws {
        let program = try Program.run("compare", "-m", model("q4_0"), "-p", "Hello there, you two", "-n", "7")
        #expect(program.status == 0, "\(program.errors)")
        #expect(program.output.contains("AGREES (class exact)"))
        #expect(program.output.contains("7 (the first of "))
    }

    @Test func jsonHasEveryTensor() throws {
        let program = try Program.run("compare", "-m", model("f16"), "-p", "Hello there", "--json", "--decode", "2")
        #expect(program.status == 0)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any])
        let tensors = try #require(document["tensors"] as? [[String: Any]])
        let layers = try #require(document["layers"] as? Int)
        #expect(tensors.count == 2 * (17 * layers + 3))
        #expect(document["verdict"] as? String == "agrees" && document["class"] as? String == "exact")
        #expect(tensors.allSatisfy { $0["nmse"] is NSNumber && $0["max_abs_at"] is [String: Any] })
    }

    @Test func exitStatuses() throws {
        func status(_ arguments: String...) throws -> Int32 {
            let process = try Program.run(["compare", "-p", "Hello there"] + arguments)
            return process.status
        }
        let (a, b) = (model("f32"), model("f16"))
        #expect(try status("-m", a, "--backend", "cpu") == 64)
        #expect(try status("-m", a, "--max-kl", "1") == 64)
        #expect(try status("-m", a, "-dev", "0", "-dev", "0", "-dev", "0") == 64)
        #expect(try status("-m", a, "-n", "0") == 64)
        #expect(try status("-m", a, "--against", model("mixed")) == 64)
        #expect(try status("-m", a + ".missing") == 3)
        #expect(try status("-m", a, "-dev", "99") == 4)
        #expect(try status("-m", b, "-dev", "0", "-dev", "0") == 0)
        #expect(try status("-m", a, "--against", a, "--max-kl", "0", "--tolerance", "0") == 0)
    }

    @Test func thePageNeedsNothingElse() throws {
        let page = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).html")
        defer { try? FileManager.default.removeItem(at: page) }
        let program = try Program.run(
            "compare", "-m", model("mixed"), "-p", "</script> & \"<b>\"", "--html", page.path())
        #expect(program.status == 0)
        let text = try String(contentsOf: page, encoding: .utf8)
        // The one address is the name of SVG's namespace, which nothing fetches.
        #expect(text.matches(of: /https?:\/\//).count == 1)
        #expect(text.matches(of: /<\/script>/).count == 2 && text.contains("AGREES"))
    }
}
