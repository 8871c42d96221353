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
}
