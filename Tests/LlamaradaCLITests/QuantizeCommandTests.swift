import Foundation
import Glibc
import LlamaradaTensors
import Testing

@Suite(.serialized) struct QuantizeCommandTests {
    @Test func writesAModelThatRuns() throws {
        try Self.withModel { folder, model in
            let out = folder + "/out.gguf"
            let dry = try Program.run("quantize", model, out, "q4_k_m", "--dry-run", "--json")
            #expect(dry.status == 0 && dry.errors.isEmpty && !FileManager.default.fileExists(atPath: out))
            let written = try Program.run("quantize", model, out, "q4_k_m", "--json")
            #expect(written.status == 0 && written.output == dry.output)
            #expect(written.errors.contains("Q4_K_M: 77.3 MB become 13.2 MB"), "\(written.errors)")

            let file = try GGUFFile.open(path: out)
            let planned = try Self.plan(dry)
            #expect(planned == file.tensors.map { "\($0.name) \($0.elementType)" })
            #expect(Set(file.tensors.map(\.elementType)) == [.q4_K, .q6_K, .q5_0, .q8_0, .f32])
            #expect(file.metadata["general.file_type"] == .uint32(15))
            #expect(file.metadata["general.quantization_version"] == .uint32(2))
            let before = try GGUFFile.open(path: model).metadata
            let kept = before.keys.filter { !$0.hasPrefix("general.file") && !$0.hasPrefix("general.quant") }
            #expect(kept.allSatisfy { before[$0] == file.metadata[$0] } && file.metadata.keys.count == kept.count + 2)

            let run = try Program.run("run", "-m", out, "-p", "Hello", "-n", "8", "--temp", "0", "--backend", "cpu")
            #expect(run.status == 0 && run.output.utf8.count > 8, "\(run.errors)")
        }
    }

    @Test func saysWhatDoesNotFit() throws {
        try Self.withModel { folder, model in
            let text = try Program.run("quantize", model, folder + "/x.gguf", "Q4_K_S", "--dry-run").output
            #expect(text.contains("4 of 39 tensors have rows that are no whole blocks"), "\(text)")
            #expect(text.contains("with 704 columns: 4 × Q5_0 in the place of Q4_K"))
        }
    }

    /// From a text to a model, by way of what matters.
    @Test func importanceIsMeasuredAndUsed() throws {
        try Self.withModel { folder, model in
            let (text, importance) = (folder + "/text.txt", folder + "/imatrix.gguf")
            try Data(String(repeating: "The river was never seen again. ", count: 40).utf8).write(
                to: URL(filePath: text))
            let measured = try Program.run(
                "imatrix", "-m", model, "-f", text, "-o", importance, "-c", "32", "--chunks", "3", "--backend", "cpu")
            #expect(measured.status == 0, "\(measured.errors)")
            #expect(measured.errors.contains("28 matrices, over 3 chunks of 32 tokens"), "\(measured.errors)")
            let again = try Program.run("imatrix", "-m", model, "-f", text, "-o", importance, "-c", "32")
            #expect(again.status == 64 && again.errors.contains("--force"))

            let out = folder + "/out.gguf"
            let quantized = try Program.run("quantize", model, out, "IQ4_NL", "--imatrix", importance)
            #expect(quantized.status == 0, "\(quantized.errors)")
            #expect(quantized.errors.contains("says which columns matter of 28 of"), "\(quantized.errors)")
            let file = try GGUFFile.open(path: out)
            #expect(file.metadata["quantize.imatrix.file"] == .text(importance))
            #expect(file.metadata["quantize.imatrix.dataset"] == .text(text))
            #expect(file.metadata["quantize.imatrix.entries_count"] == .uint32(28))
            #expect(file.metadata["quantize.imatrix.chunks_count"] == .uint32(3))

            // Every matrix that it speaks of is another one than without.
            #expect(try Program.run("quantize", model, folder + "/plain.gguf", "IQ4_NL").status == 0)
            let plain = try GGUFFile.open(path: folder + "/plain.gguf")
            let changed = file.tensors.filter { $0.elementType.usesImportance && $0.name.hasPrefix("blk") }
            #expect(changed.count == 28)
            for tensor in changed {
                let other = try #require(plain.tensor(named: tensor.name))
                #expect(try file.floats(of: tensor) != plain.floats(of: other), "\(tensor.name)")
            }
            let useless = try Program.run(
                "quantize", model, folder + "/x.gguf", "Q8_0", "--imatrix", importance, "--dry-run")
            #expect(useless.output.contains("changes nothing"), "\(useless.output)")

            let foreign = try Program.run(
                "quantize", Fixtures.model("f32"), folder + "/x.gguf", "Q4_0", "--imatrix", importance)
            #expect(foreign.status == 3 && foreign.errors.contains("another model's"), "\(foreign.errors)")
            let none = try Program.run("quantize", model, folder + "/x.gguf", "Q4_0", "--imatrix", text)
            #expect(none.status == 3, "\(none.errors)")
        }
    }

    /// Pieces are the same for any number of threads.
    @Test func bytesDoNotDependOnThreads() throws {
        try Self.withModel { folder, model in
            let files = try ["1", "5"].map { threads in
                let out = "\(folder)/\(threads).gguf"
                #expect(try Program.run("quantize", model, out, "Q3_K_M", "-t", threads).status == 0)
                return try Data(contentsOf: URL(filePath: out))
            }
            #expect(files[0] == files[1])
        }
    }

    @Test func refusesToQuantiseTwice() throws {
        try Fixtures.withTemporaryPath("out.gguf") { out in
            let model = Fixtures.model("q8_0")
            let program = try Program.run("quantize", model, out, "Q4_0")
            #expect(program.status == 3 && program.output.isEmpty)
            #expect(program.errors.hasSuffix("or give --allow-requantize.\n"), "\(program.errors)")
            #expect(!FileManager.default.fileExists(atPath: out))
            #expect(try Program.run("quantize", model, out, "Q4_0", "--allow-requantize").status == 0)
        }
    }

    @Test func replacesNothingUnasked() throws {
        try Fixtures.withTemporaryPath("out.gguf") { out in
            try Data("mine".utf8).write(to: URL(filePath: out))
            let program = try Program.run("quantize", Fixtures.model("f32"), out, "Q8_0")
            #expect(program.status == 64 && program.errors.contains("--force"))
            #expect(try Data(contentsOf: URL(filePath: out)) == Data("mine".utf8))
            #expect(try Program.run("quantize", Fixtures.model("f32"), out, "Q8_0", "--force").status == 0)
            let onto = try Program.run("quantize", out, out, "Q4_0", "--force", "--allow-requantize")
            #expect(onto.status == 64 && onto.errors.contains("reads"))
        }
    }

    @Test(arguments: [Float.nan, .infinity, 1e6]) func namesTheWeightThatNoTypeHolds(_ value: Float) throws {
        try Fixtures.withTemporaryPath("in.gguf") { path in
            var writer = GGUFWriter()
            writer.add("general.architecture", .text("llama"))
            writer.add("llama.block_count", .uint32(1))
            writer.addTensor("blk.0.attn_q.weight", shape: [4, 32], elementType: .f32)
            var values = [Float](repeating: 1, count: 128)
            values[70] = value
            try writer.write(to: path) { _, sink in try values.withUnsafeBytes(sink) }
            let out = path + ".out"
            let program = try Program.run("quantize", path, out, "Q4_0")
            #expect(program.status == 3 && program.errors.contains("in row 2, column 6"), "\(program.errors)")
            #expect(try Self.names(beside: path) == ["in.gguf"])
            // Binary32 holds all of them.
            #expect(try Program.run("quantize", path, out, "F32").status == 0)
        }
    }

    /// A killed process leaves the old file, one that is asked to end nothing at all beside it.
    @Test(arguments: [SIGTERM, SIGKILL]) func endsInTheMiddle(_ signal: Int32) throws {
        try Self.withModel { folder, model in
            let out = folder + "/out.gguf"
            try Data("old".utf8).write(to: URL(filePath: out))
            let before = try Self.names(beside: out).count
            let running = try Program.start("quantize", model, out, "Q2_K", "--force", "-t", "1")
            while running.process.isRunning, try Self.names(beside: out).count == before { usleep(1000) }
            kill(running.process.processIdentifier, signal)
            #expect(try running.finish().status == 128 + signal)
            #expect(try Data(contentsOf: URL(filePath: out)) == Data("old".utf8))
            #expect(try Self.names(beside: out).count == before + (signal == SIGKILL ? 1 : 0))
        }
    }

    @Test func wrongUse() throws {
        for (arguments, words) in [
            (["in.gguf", "out.gguf", "Q9_9"], "Q5_K_M"), (["in.gguf", "out.gguf"], "<type>"),
            (["in.gguf", "", "Q4_0"], "name"), (["in.gguf", "out.gguf", "Q4_0", "-t", "0"], "-t must be"),
        ] {
            let program = try Program.run(["quantize"] + arguments)
            #expect(program.status == 64 && program.errors.contains(words), "\(arguments): \(program)")
        }
        let missing = try Program.run("quantize", "/nonexistent.gguf", "/nonexistent/out.gguf", "Q4_0")
        #expect(missing.status == 3)
        let nowhere = try Program.run("quantize", Fixtures.model("f32"), "/nonexistent/out.gguf", "Q8_0")
        #expect(nowhere.status == 5)
    }

    /// A model of 19 million weights in F32, in a folder of its own.
    private static func withModel(_ body: (_ folder: String, _ model: String) throws -> Void) throws {
        try Fixtures.withTemporaryPath("model.gguf") { path in
            #expect(try Program.run("synth", "--size", "tiny", "--type", "F32", path).status == 0)
            try body(URL(filePath: path).deletingLastPathComponent().path(), path)
        }
    }

    private static func names(beside path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path())
    }

    /// The names and types of the tensors in the program's JSON.
    private static func plan(_ program: Program) throws -> [String] {
        struct Plan: Decodable {
            struct Tensor: Decodable {
                let name: String
                let type_after: String
            }
            let tensors: [Tensor]
        }
        return try JSONDecoder().decode(Plan.self, from: Data(program.outputBytes)).tensors.map {
            "\($0.name) \($0.type_after)"
        }
    }
}
