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

    /// Folders run as they are, of one file of weights and of four.
    @Test(arguments: ["meta", "hf"], [1, 4]) func writesFolders(_ format: String, _ shards: Int) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let type = shards == 1 ? "F16" : "BF16"
        let arguments = ["--size", "tiny", "--type", type, "--format", format, "--shards", "\(shards)", path]
        let written = try Program.run(["synth"] + arguments)
        #expect(written.status == 0 && written.output.isEmpty && written.errors.isEmpty, "\(written.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(files.count { $0.hasSuffix(format == "meta" ? ".pth" : ".safetensors") } == shards)
        let run = try Program.run(
            "run", "-m", path, "-p", "Hello, {world}: 1+1=2?", "-n", "8", "-s", "1", "--backend", "cpu")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.utf8.dropLast().allSatisfy { (0x20...0x7E).contains($0) }, "\(run.output)")
        // Nothing is written over.
        let again = try Program.run(["synth"] + arguments)
        #expect(again.status == 64 && again.errors.contains("expected an empty folder or none"))
    }

    @Test func wrongUse() throws {
        for (arguments, words) in [
            (["--size", "tiny", "--type", "Q4_0", "--format", "meta", "x"], "takes --type F32, F16 or BF16"),
            (["--size", "tiny", "--type", "F16", "--format", "hf", "--shards", "3", "x"], "1, 2, 4 or 8"),
            (["--size", "tiny", "--type", "F16", "--shards", "2", "x"], "--shards is for folders"),
            (["--size", "tiny", "--type", "F16", "--format", "hf", "--force", "x"], "new or empty"),
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
