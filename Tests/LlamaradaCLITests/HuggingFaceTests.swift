import Foundation
import LlamaradaTensors
import Testing

/// Folders as Hugging Face publishes models, of fixtures whose results are known; tools/fixtures/hugging_face.py writes them.
@Suite struct HuggingFaceTests {
    static let names = ["f16", "f32", "qwen2-f16", "qwen3-bf16", "gemma3-f32"]

    private static func folder(_ name: String) -> String {
        Fixtures.folder.appending(path: "huggingface/\(name)").path()
    }

    private struct Scores: Decodable {
        struct Token: Decodable {
            let id: Int
            let logprob: Double?
        }
        let tokens: [Token]
    }

    @Test(arguments: names, ["cpu", "vulkan"]) func scoresAreThoseOfTheModel(_ name: String, _ backend: String) throws {
        let fixture = try ModelFixture.load(name)
        let program = try Program.run(
            "score", "-m", Self.folder(name), "-p", fixture.prompt, "--backend", backend, "-ctk", "f32", "-ctv", "f32",
            "--json")
        try #require(program.status == 0, "\(program.errors)")
        let scores = try JSONDecoder().decode(Scores.self, from: Data(program.outputBytes)).tokens
        #expect(scores.map(\.id) == fixture.tokens)
        for (found, expected) in zip(scores, fixture.logprobs) {
            guard let expected else { continue }
            #expect(abs((found.logprob ?? .nan) - expected) <= 2e-4, "\(name): \(found), expected \(expected)")
        }
    }

    /// The same tensors as in the fixture's own file, in another order of the file.
    @Test(arguments: names) func convertsToTheFixture(_ name: String) throws {
        try Fixtures.withTemporaryPath("out.gguf") { out in
            let program = try Program.run("convert", Self.folder(name), out)
            #expect(program.status == 0 && program.output.isEmpty, "\(program.errors)")
            let (found, expected) = (try GGUFFile.open(path: out), try GGUFFile.open(path: Fixtures.model(name)))
            #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
            for tensor in expected.tensors {
                let other = try #require(found.tensor(named: tensor.name))
                #expect(other.shape == tensor.shape && other.elementType == tensor.elementType, "\(tensor.name)")
                let (values, reference) = (try found.floats(of: other), try expected.floats(of: tensor))
                // Norms of Gemma lose a bit where 1 is taken away and added.
                let farthest = zip(values, reference).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
                #expect(
                    farthest <= (name.hasPrefix("gemma") || tensor.name.hasPrefix("rope") ? 1e-6 : 0), "\(tensor.name)")
            }
            let through = try Program.run("tokenize", "-m", out, "-p", "café 12 <s>")
            #expect(try Program.run("tokenize", "-m", Self.folder(name), "-p", "café 12 <s>").output == through.output)
        }
    }

    /// What sentencepiece wrote in place of what transformers makes of it.
    @Test(arguments: ["f32", "gemma3-f32"]) func tokenizerModelGivesTheSameTokens(_ name: String) throws {
        try Fixtures.withTemporaryPath("model") { folder in
            try FileManager.default.copyItem(atPath: Self.folder(name), toPath: folder)
            try FileManager.default.removeItem(atPath: folder + "/tokenizer.json")
            let missing = try Program.run("tokenize", "-m", folder, "-p", "a")
            #expect(missing.status == 3 && missing.errors.contains("nor is tokenizer.model"), "\(missing.errors)")
            try FileManager.default.copyItem(
                atPath: Fixtures.folder.appending(path: "tokenizer-models/\(name).model").path(),
                toPath: folder + "/tokenizer.model")
            for text in [try ModelFixture.load(name).prompt, "café 12 <s>  <blaze>"] {
                let found = try Program.run("tokenize", "-m", folder, "-p", text)
                #expect(found.status == 0, "\(found.errors)")
                #expect(try found.output == Program.run("tokenize", "-m", Self.folder(name), "-p", text).output)
            }
        }
    }

    /// One, two and four shards of Meta's, with the tokenizer in the folder above.
    @Test(arguments: ["mha", "gqa"], [1, 2, 4])
    func scoresOfMetasFoldersAreThoseOfTheModel(_ name: String, _ shards: Int) throws {
        let fixture = try ModelFixture.load("meta-\(name)")
        let folder = Fixtures.folder.appending(path: "meta/\(name)/\(shards)").path()
        for backend in ["cpu", "vulkan"] {
            let program = try Program.run(
                "score", "-m", folder, "-p", fixture.prompt, "--backend", backend, "-ctk", "f32", "-ctv", "f32",
                "--json")
            try #require(program.status == 0, "\(program.errors)")
            let scores = try JSONDecoder().decode(Scores.self, from: Data(program.outputBytes)).tokens
            #expect(scores.map(\.id) == fixture.tokens)
            for (found, expected) in zip(scores, fixture.logprobs) {
                guard let expected else { continue }
                #expect(abs((found.logprob ?? .nan) - expected) <= 2e-4, "\(name): \(found), expected \(expected)")
            }
        }
    }

    /// Sums are compared before anything is written.
    @Test func damagedShardsAreNotConverted() throws {
        try Fixtures.withTemporaryPath("model") { folder in
            try FileManager.default.copyItem(
                atPath: Fixtures.folder.appending(path: "meta/mha").path(), toPath: folder)
            let shard = folder + "/2/consolidated.01.pth"
            #expect(try Program.run("convert", folder + "/2", folder + "/whole.gguf").status == 0)
            var bytes = try Data(contentsOf: URL(filePath: shard))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: shard))
            let program = try Program.run("convert", folder + "/2", folder + "/out.gguf")
            #expect(program.status == 3 && program.errors.contains("consolidated.01.pth: expected the MD5 sum"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/out.gguf"))
        }
    }

    @Test func convertsInOnePassToFewerBits() throws {
        try Fixtures.withTemporaryPath("out.gguf") { out in
            let program = try Program.run("convert", Self.folder("qwen2-f16"), out, "--type", "q8_0", "--json")
            #expect(program.status == 0 && program.output.contains("\"type\":\"Q8_0\""), "\(program.errors)")
            #expect(program.errors.contains("have rows that are no whole blocks"))
            let run = try Program.run("run", "-m", out, "-p", "a", "-n", "4", "--temp", "0", "--backend", "cpu")
            #expect(run.status == 0)
        }
    }

    @Test func damagedFoldersWriteNothing() throws {
        try Fixtures.withTemporaryPath("model") { folder in
            try FileManager.default.copyItem(atPath: Self.folder("f16"), toPath: folder)
            let index = folder + "/model.safetensors.index.json"
            let text = try String(contentsOfFile: index, encoding: .utf8)
            try text.replacing("model-00002-of-00003.safetensors", with: "../../../../etc/passwd").write(
                toFile: index, atomically: false, encoding: .utf8)
            for command in [
                ["convert", folder, folder + "/out.gguf"], ["inspect", folder], ["run", "-m", folder, "-p", "a"],
            ] {
                let program = try Program.run(command)
                #expect(program.status == 3 && program.errors.contains("../../../../etc/passwd"), "\(program)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/out.gguf"))
        }
    }

    /// A layer that the weights lack.
    @Test func whatNothingRunsIsNotConverted() throws {
        try Fixtures.withTemporaryPath("model") { folder in
            try FileManager.default.copyItem(atPath: Self.folder("f16"), toPath: folder)
            let config = folder + "/config.json"
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try text.replacing("\"num_hidden_layers\": 3", with: "\"num_hidden_layers\": 4").write(
                toFile: config, atomically: false, encoding: .utf8)
            let program = try Program.run("convert", folder, folder + ".gguf")
            #expect(program.status == 3 && program.errors.contains("'blk.3."), "\(program.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + ".gguf"))
        }
    }

    @Test func outputsKeepApart() throws {
        try Fixtures.withTemporaryPath("model") { folder in
            try FileManager.default.copyItem(atPath: Self.folder("f32"), toPath: folder)
            let weights = folder + "/model.safetensors"
            let before = try Data(contentsOf: URL(filePath: weights))
            let onto = try Program.run("convert", folder, weights, "--force")
            #expect(onto.status == 64 && onto.errors.contains("the folder that the command reads"), "\(onto.errors)")
            let measured = try Program.run("imatrix", "-m", folder, "-f", "/dev/null", "-o", weights, "--force")
            #expect(measured.status == 64 && measured.errors.contains("the folder that the command reads"))
            #expect(try Data(contentsOf: URL(filePath: weights)) == before)
            let mixed = try Program.run("convert", folder, "/dev/stdout", "--json")
            #expect(mixed.status == 64 && mixed.outputBytes.isEmpty && mixed.errors.contains("--json"))
        }
    }

    @Test func otherFoldersAreNoModels() throws {
        let program = try Program.run("inspect", Fixtures.folder.path())
        #expect(program.status == 3 && program.errors.contains("found a directory"), "\(program.errors)")
    }
}
