import Foundation
import FoundationNetworking
import Glibc
import Testing

/// `serve` checks what it can by itself, and becomes the program beside it.
@Suite struct ServeTests {
    private static let model = Fixtures.model("q8_0")

    private static let wrong: [(arguments: [String], named: String)] = [
        (["--host", ""], "--host"), (["--port", "65536"], "--port"), (["--port", "-1"], "--port"),
        (["--host", "0.0.0.0"], "--api-key"), (["--host", "::"], "--api-key"),
        (["--host", "127.example"], "--api-key"),
        (["--api-key", ""], "--api-key"), (["--api-key", "a b"], "--api-key"), (["--api-key", "ä"], "--api-key"),
        (["-np", "0"], "-np"), (["-np", "257"], "-np"), (["-a", ""], "-a"), (["--queue", "-1"], "--queue"),
        (["--timeout", "0"], "--timeout"), (["--timeout", "nan"], "--timeout"), (["--grace", "-1"], "--grace"),
        (["--max-body", "0"], "--max-body"), (["--port", "1", "--port", "2"], "--port"), (["-c", "-1"], "-c"),
    ]

    @Test func wrongArgumentsAreNamed() throws {
        for (arguments, named) in Self.wrong {
            let program = try Program.run(["serve", "-m", Self.model] + arguments)
            #expect(program.status == 64 && program.output.isEmpty, "\(arguments): \(program.status)")
            #expect(program.errors.contains(named), "\(arguments): \(program.errors)")
        }
    }

    @Test func aBadFileIsSaidBeforeAnythingIsServed() throws {
        let program = try Program.run("serve", "-m", "/nonexistent.gguf")
        #expect(program.status == 3 && program.errors.contains("/nonexistent.gguf"))
    }

    /// The program is copied to a folder where it is alone.
    @Test func aMissingServerIsSaid() throws {
        try Fixtures.withTemporaryPath("llamarada") { path in
            try FileManager.default.copyItem(atPath: Program.path, toPath: path)
            let program = try Running(path, ["serve", "-m", Self.model], [:]).finish()
            #expect(program.status == 64)
            #expect(program.errors.contains("llamarada-serve: there is no program to serve with"))
        }
    }

    @Test func withoutADeviceItEndsAsTheDevicesFault() throws {
        let program = try Program.run(["serve", "-m", Self.model, "--port", "0"], environment: Program.noDriver)
        #expect(program.status == 4, "\(program.errors)")
    }

    /// Answers, and ends well when it is asked to; the port cannot be had twice.
    @Test func servesUntilItIsAskedToEnd() async throws {
        let running = try Program.start(
            "serve", "-m", Self.model, "--backend", "cpu", "-c", "128", "--port", "0", "-a", "my name",
            environment: ["LLAMA_API_KEY": "secret"])
        let base = try #require(try running.wait(for: #/listening at (http:\/\/\S+)/#))
        _ = try running.wait(for: #/(is ready)/#)
        var request = URLRequest(url: try #require(URL(string: base + "/v1/models")))
        request.setValue("Bearer secret", forHTTPHeaderField: "Authorization")
        let (data, _) = try await URLSession.shared.data(for: request)
        #expect(String(decoding: data, as: UTF8.self).contains("\"id\":\"my name\""))
        let port = try #require(base.split(separator: ":").last)
        let second = try Program.run("serve", "-m", Self.model, "--backend", "cpu", "--port", String(port))
        #expect(second.status == 5 && second.errors.contains("cannot listen there"), "\(second.errors)")
        // Arguments are seen by others.
        let arguments = try String(
            contentsOfFile: "/proc/\(running.process.processIdentifier)/cmdline", encoding: .utf8)
        #expect(!arguments.contains("secret") && !arguments.contains("my name"))
        kill(running.process.processIdentifier, SIGTERM)
        #expect(try running.finish().status == 0)
    }

    /// More than a pipe holds by itself; what is refused for want of a template is said at the start.
    @Test func aLongTemplateArrives() async throws {
        let arguments = ["serve", "-m", Self.model, "--backend", "cpu", "-c", "128", "--port", "0"]
        let without = try Running(Program.path, arguments, [:])
        #expect(try without.wait(for: #/(conversations are refused: .+)/#) != nil)
        kill(without.process.processIdentifier, SIGTERM)
        #expect(try without.finish().status == 0)
        let running = try Fixtures.withTemporaryPath("template.jinja") { path in
            let comment = "{#" + String(repeating: "long ", count: 40_000) + "#}"
            try (comment + "[{{ messages[0].content }}]").write(toFile: path, atomically: true, encoding: .utf8)
            let running = try Running(Program.path, arguments + ["--chat-template-file", path], [:])
            // By then the file was read.
            _ = try running.wait(for: #/(is ready)/#)
            return running
        }
        let base = try #require(try running.wait(for: #/listening at (http:\/\/\S+)/#))
        var request = URLRequest(url: try #require(URL(string: base + "/apply-template")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(#"{"messages":[{"role":"user","content":"hello"}]}"#.utf8)
        let (data, _) = try await URLSession.shared.data(for: request)
        #expect(String(decoding: data, as: UTF8.self).contains("[hello]"))
        kill(running.process.processIdentifier, SIGTERM)
        #expect(try running.finish().status == 0)
    }
}
