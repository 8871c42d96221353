import Foundation
import Testing

@Suite struct SynthCommandTests {
    @Test func writesAModelThatTalksASCII() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let written = try Program.run("synth", "--size", "tiny", "--type", "q4_0", path)
        #expect(written.status == 0 && written.output.isEmpty && written.errors.isEmpty)
        let run = try Program.run(
            "run", "-m", path, "-p", "Hello, {world}: 1+1=2?", "-n", "16", "-s", "1", "--backend", "cpu")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.utf8.count > 16)
        #expect(run.output.utf8.dropLast().allSatisfy { (0x20...0x7E).contains($0) }, "\(run.output)")
    }

    @Test func wrongUse() throws {
        for (arguments, words) in [
            (["--size", "tiny", "--type", "F16", "--format", "meta", "x.gguf"], "not there yet"),
            (["--size", "9B", "--type", "F16", "x.gguf"], "13B"),
            (["--size", "7B", "--type", "Q9_9", "x.gguf"], "Q5_1"),
            (["--size", "7B", "--type", "F16"], "<out>"),
            (["--size", "7B", "--type", "F16", "--seed", "-1", "x"], "'-1' is invalid"),
            (["--size", "7B", "--type", "F16", ""], "name"),
        ] {
            let program = try Program.run(["synth"] + arguments)
            #expect(program.status == 64 && program.errors.contains(words), "\(arguments): \(program)")
        }
        let nowhere = try Program.run("synth", "--size", "tiny", "--type", "F16", "/nonexistent/x.gguf")
        #expect(nowhere.status == 5 && nowhere.errors.contains("/nonexistent/x.gguf"))
    }
}
