import Foundation
import Glibc
import Testing

/// Signals end a command with 128 + their number.
@Suite(.serialized) struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM], ["vulkan", "cpu"])
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
        #expect(ContinuousClock.now - start < .seconds(3))
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
}
