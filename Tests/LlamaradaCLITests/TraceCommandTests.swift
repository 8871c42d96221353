import Foundation
import Testing

@Suite struct TraceCommandTests {
    private static let model = Fixtures.model("f32")
    private static let text = ["-p", "Hello there", "--decode", "2"]

    private func dump(to folder: String) throws {
        let program = try Program.run(
            ["compare", "-m", Self.model, "--against", Self.model, "--backend", "cpu", "--dump", folder] + Self.text)
        try #require(program.status == 0, "\(program.errors)")
    }

    @Test func theDeviceAgreesWithADumpOfTheCPU() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            try dump(to: folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names.count == 4 && names.first == "manifest.json")
            #expect(names.dropFirst().map { String($0.prefix(11)) } == ["pass-0000-p", "pass-0001-d", "pass-0002-d"])
            let program = try Program.run("compare", "-m", Self.model, "--trace", folder)
            #expect(program.status == 0, "\(program.errors)")
            #expect(program.output.contains("against   the trace \(folder) (the CPU reference)"))
            #expect(program.output.contains("AGREES (class exact)"))
        }
    }

    @Test func theManifestSaysWhatIsThere() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            try dump(to: folder)
            let data = try Data(contentsOf: URL(filePath: folder).appending(path: "manifest.json"))
            let manifest = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(
                Set(manifest.keys) == [
                    "format_version", "model", "architecture", "side", "cache_type_k", "cache_type_v", "tokens",
                    "passes",
                ])
            #expect(manifest["model"] as? String == "f32.gguf" && manifest["side"] as? String == "the CPU reference")
            let passes = try #require(manifest["passes"] as? [[String: Any]])
            #expect(passes.compactMap { $0["phase"] as? String } == ["prompt", "decode", "decode"])
            let tensors = try #require(passes[0]["tensors"] as? [String])
            #expect(tensors.first == "embedding" && tensors.last == "logits" && tensors.contains("layer.1.qRotated"))
        }
    }

    @Test func anAlteredTensorIsFound() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            try dump(to: folder)
            let file = URL(filePath: folder).appending(path: "pass-0001-decode.safetensors")
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count - 1] ^= 0x80  // the sign of the last logit
            try bytes.write(to: file)
            let program = try Program.run("compare", "-m", Self.model, "--trace", folder)
            #expect(program.status == 1 && program.output.contains("DRIFTS (class exact): logits (MatVec F32"))
        }
    }

    @Test func aDamagedFolderIsRefused() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            try dump(to: folder)
            let file = URL(filePath: folder).appending(path: "pass-0001-decode.safetensors")
            try Data(contentsOf: file).dropLast().write(to: file)
            let damaged = try Program.run("compare", "-m", Self.model, "--trace", folder)
            #expect(damaged.status == 3 && damaged.errors.contains("pass-0001-decode.safetensors"))
            try FileManager.default.removeItem(at: file.deletingLastPathComponent().appending(path: "manifest.json"))
            #expect(try Program.run("compare", "-m", Self.model, "--trace", folder).status == 3)
        }
    }

    @Test func aFolderWithFilesIsNotWrittenTo() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            func status() throws -> Int32 {
                try Program.run(["compare", "-m", Self.model, "--dump", folder] + Self.text).status
            }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            #expect(try status() == 0)
            #expect(try status() == 64)
        }
    }

    @Test func nothingStaysOfADumpThatFails() throws {
        try Fixtures.withTemporaryPath("trace") { folder in
            let program = try Program.run(
                ["compare", "-m", Self.model, "--dump", folder, "-dev", "99"] + Self.text)
            #expect(program.status == 4 && !FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test(arguments: [
        ["-p", "a"], ["-f", "a"], ["--special"], ["-n", "3"], ["--decode", "2"], ["-ub", "8"], ["--against", model],
        ["-dev", "0", "-dev", "0"],
    ])
    func whatDoesNotGoWithATrace(_ arguments: [String]) throws {
        let program = try Program.run(["compare", "-m", Self.model, "--trace", "/nonexistent"] + arguments)
        #expect(program.status == 64 && program.errors.contains("--trace"), "\(program.errors)")
    }

    @Test func emptyNames() throws {
        #expect(try Program.run("compare", "-m", Self.model, "--dump", "", "-p", "a").status == 64)
        #expect(try Program.run("compare", "-m", Self.model, "--trace", "").status != 0)
        #expect(try Program.run("compare", "-m", Self.model).status == 64)
    }
}
