import Foundation
import Glibc
import Testing

/// Signals end a command with 128 + their number.
@Suite(.serialized) struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], ["vulkan", "cpu"])
    func duringGeneration(_ signal: Int32, _ backend: String) throws {
        // Some million tokens: an hour.
        let running = try Program.start(
            "run", "-m", Fixtures.model("f32"), "-p", "a", "-c", "1000000", "--ignore-eos", "--backend", backend)
        let first = running.waitForOutput()
        #expect(first.count == 1)
        kill(running.process.processIdentifier, signal)
        let start = ContinuousClock.now
        let program = try running.finish()
        #expect(program.status == 128 + signal && program.errors.split(separator: "\n").count <= 1)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    /// From before `main` to after the model is there.
    @Test(arguments: [0.0, 0.02, 0.05, 0.1, 0.2, 0.4]) func duringLoading(_ seconds: Double) throws {
        let running = try Program.start("run", "-m", Fixtures.demoModel, "-p", "a", "--ignore-eos")
        Thread.sleep(forTimeInterval: seconds)
        kill(running.process.processIdentifier, SIGINT)
        let program = try running.finish()
        #expect(program.status == 130 && !program.errors.contains("tokens/s"))
    }

    @Test func duringALongPromptAndTwice() throws {
        let text = String(repeating: "a b c d e f g h ", count: 400)
        let running = try Program.start("score", "-m", Fixtures.demoModel, "-p", text, "--backend", "cpu")
        Thread.sleep(forTimeInterval: 1)
        kill(running.process.processIdentifier, SIGTERM)
        Thread.sleep(forTimeInterval: 0.02)
        kill(running.process.processIdentifier, SIGTERM)
        let program = try running.finish()
        #expect(program.status == 143 && program.output.isEmpty)
    }

    /// Half of a file goes with the process that wrote it.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [1, 2]) func whileWriting(_ signal: Int32, _ times: Int) throws {
        try Fixtures.withTemporaryPath("model.gguf") { path in
            let running = try Self.startSynth(path)
            for _ in 0..<times { kill(running.process.processIdentifier, signal) }
            let program = try running.finish()
            #expect(program.status == 128 + signal && program.errors.isEmpty)
            #expect(try Self.names(beside: path).isEmpty)
        }
    }

    /// What a killed process leaves, the next one removes.
    @Test func leftoversOfTheKilledGo() throws {
        try Fixtures.withTemporaryPath("model.gguf") { path in
            let running = try Self.startSynth(path)
            kill(running.process.processIdentifier, SIGKILL)
            #expect(try running.finish().status == 128 + SIGKILL)
            #expect(try Self.names(beside: path).count == 1)
            let next = try Program.run("synth", "--size", "tiny", "--type", "q4_0", path)
            let names = try Self.names(beside: path)
            #expect(next.status == 0 && names == ["model.gguf"])
        }
    }

    @Test func nohupIsObeyed() throws {
        try Fixtures.withTemporaryPath("model.gguf") { path in
            let program = try Program.shell(
                """
                trap '' HUP; "$llamarada" synth --size 1B --type Q4_0 '\(path)' & until ls '\(path)'.*; do :; done \
                2>/dev/null >&2; kill -HUP $!; sleep 0.1; kill -TERM $!; wait $!
                """)
            #expect(program.status == 143, "\(program.errors)")
        }
    }

    /// Starts to write 4 GB and returns when the file is there under its temporary name.
    private static func startSynth(_ path: String) throws -> Running {
        let running = try Program.start("synth", "--size", "1B", "--type", "F32", path)
        while running.process.isRunning, try names(beside: path).isEmpty { Thread.sleep(forTimeInterval: 0.005) }
        return running
    }

    private static func names(beside path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path())
    }
}
