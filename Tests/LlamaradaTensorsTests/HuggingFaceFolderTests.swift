import LlamaradaErrors
import LlamaradaTensors
import Testing

@Suite struct HuggingFaceFolderTests {
    @Test func readsAsAGGUFFile() throws {
        let file = try TinyFolder.open(TinyFolder().files)
        #expect(file.metadata["general.architecture"] == .text("llama"))
        #expect(file.metadata["llama.embedding_length"] == .uint32(4))
        #expect(file.metadata["general.file_type"] == .uint32(0))
        #expect(file.metadata["tokenizer.ggml.pre"] == .text("gpt-2"))
        #expect(file.metadata["tokenizer.ggml.merges"] == .array(.string(MetadataStrings([Array("a b".utf8)]))))
        #expect(file.metadata["tokenizer.ggml.token_type"] == .array(.int32([3, 1, 1, 1])))
        #expect(file.metadata["tokenizer.ggml.eos_token_id"] == .uint32(0))
        #expect(file.metadata["tokenizer.ggml.add_bos_token"] == .bool(true))
        #expect(file.metadata["tokenizer.chat_template"] == .text("{{ x }}"))
        let names = ["token_embd.weight", "output_norm.weight", "blk.0.attn_q.weight", "rope_freqs.weight"]
        #expect(file.tensors.map(\.name) == names)
        #expect(file.tensors.map(\.elementType) == [.f32, .f32, .f16, .f32])
    }

    /// Rows 0, 1, 2, 3 of Hugging Face's halves are 0, 2, 1, 3 of GGUF's neighbours; any range of bytes has them so.
    @Test func rowsOfQueriesChangeTheirOrder() throws {
        let file = try TinyFolder.open(TinyFolder().files)
        let query = try #require(file.tensor(named: "blk.0.attn_q.weight"))
        let expected = [0, 2, 1, 3].flatMap { row in (1...8).map { UInt8(8 * row + $0) } }
        for start in 0..<32 {
            for end in start...32 {
                var bytes = [UInt8](repeating: 0, count: end - start)
                let result = bytes.withUnsafeMutableBytes { target in
                    Result { try file.read(query, byteRange: start..<end, into: target) }
                }
                try result.get()
                #expect(bytes == Array(expected[start..<end]))
            }
        }
    }

    @Test(arguments: [
        ("\"b.safetensors\"", "\"../../etc/passwd\"", "found \"../../etc/passwd\""),
        ("\"b.safetensors\"", "\"/etc/x.safetensors\"", "name of a file in this folder"),
        ("\"b.safetensors\"", "\"x/../b.safetensors\"", "name of a file in this folder"),
        ("\"b.safetensors\"", "\"..safetensors\"", "name of a file in this folder"),
        ("\"b.safetensors\"", "\"c.safetensors\"", "is not there"),
        ("\"b.safetensors\"", "3", "name of a file in this folder"),
        ("\"b.safetensors\"", "\"a.safetensors\"", "found none of this name"),
        ("self_attn.q_proj", "self_attn.k_proj", "tensors that the index names"),
        ("\"weight_map\"", "\"map\"", "'weight_map'"),
    ])
    func indexIsChecked(_ text: String, _ change: String, _ problem: String) {
        var folder = TinyFolder()
        folder.index = Self.replacing(text, in: folder.index, with: change)
        Self.expectRefusal(folder.files, problem)
    }

    @Test(arguments: [
        ("\"llama\"", "\"mamba\"", "'model_type' is 'mamba'"), ("\"silu\"", "\"relu\"", "'hidden_act'"),
        ("\"llama3\"", "\"yarn\"", "of type 'yarn'"), ("\"vocab_size\":4", "\"vocab_size\":5", "with 5 rows"),
        ("\"vocab_size\":4", "\"vocab_size\":4000000000", "'vocab_size'"),
        ("\"num_attention_heads\":1", "\"num_attention_heads\":0", "'num_attention_heads'"),
        ("\"num_attention_heads\":1", "\"num_attention_heads\":2", "expected 4 rows"),
        ("\"hidden_size\":4", "\"hidden_size\":4.5", "'hidden_size'"),
        ("\"hidden_size\":4", "\"hidden_size\":8", "expected 8 rows"),
        ("\"high_freq_factor\":4.0", "\"high_freq_factor\":1.0", "'high_freq_factor'"),
        ("\"hidden_act\"", "\"quantization_config\":{},\"hidden_act\"", "'quantization_config'"),
    ])
    func configurationIsChecked(_ text: String, _ change: String, _ problem: String) {
        var folder = TinyFolder()
        folder.config = Self.replacing(text, in: folder.config, with: change)
        // A head of two elements is of another shape only.
        if problem == "expected 4 rows" {
            folder.config = Self.replacing(
                "\"hidden_size\":4", in: folder.config, with: "\"hidden_size\":4,\"head_dim\":4")
        }
        Self.expectRefusal(folder.files, problem == "expected 4 rows" ? "expected 8 rows" : problem)
    }

    @Test(arguments: [
        ("\"ab\":3", "\"ab\":4", "an id below 4"), ("\"ab\":3", "\"ab\":2", "found two"),
        ("\"ab\":3", "\"ab\":-1", "an id below 4"), ("\"ab\":3", "\"ab\":\"3\"", "an id below 4"),
        ("\"a b\"", "\"a b c\"", "pairs of pieces"), ("\"a b\"", "[\"a\"]", "pairs of pieces"),
        ("\"BPE\"", "\"Unigram\"", "found 'Unigram'"), ("\"id\":0", "\"id\":1", "found two"),
        ("\"ByteLevel\"", "\"Whitespace\"", "'pre_tokenizer'"),
        ("\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "'normalizer'"),
    ])
    func tokenizerIsChecked(_ text: String, _ change: String, _ problem: String) {
        var folder = TinyFolder()
        folder.tokenizer = Self.replacing(text, in: folder.tokenizer, with: change)
        Self.expectRefusal(folder.files, problem)
    }

    @Test(arguments: ["a.safetensors", "b.safetensors", "tokenizer.json", "config.json"])
    func missingFilesAreNamed(_ name: String) {
        var files = TinyFolder().files
        files[name] = nil
        Self.expectRefusal(files, name)
    }

    @Test func characterPiecesMergeInTheOrderOfTheList() throws {
        var folder = TinyFolder()
        folder.tokenizer = """
            {"added_tokens":[],"normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},\
            {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,\
            "model":{"type":"BPE","byte_fallback":true,"unk_token":"<s>","vocab":{"<s>":0,"<0x41>":1,"b":2,"bb":3},\
            "merges":[["b","b"]]}}
            """
        let file = try TinyFolder.open(folder.files)
        #expect(file.metadata["tokenizer.ggml.model"] == .text("llama"))
        #expect(file.metadata["tokenizer.ggml.scores"] == .array(.float32([0, 0, 0, -1])))
        #expect(file.metadata["tokenizer.ggml.token_type"] == .array(.int32([2, 6, 1, 1])))
        #expect(file.metadata["tokenizer.ggml.add_space_prefix"] == .bool(true))
    }

    /// Ten thousand folders of which one file is damaged: each is read whole or refused with one line.
    @Test(.timeLimit(.minutes(1))) func mutationsNeitherCrashNorHang() {
        var random = SplitMix(seed: 20_28)
        let base = TinyFolder().files
        let names = base.keys.sorted()
        let words = [
            "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "4294967296", "1e308", "0.5", "\"\"", "../",
        ]
        var accepted = 0
        for round in 0..<10_000 {
            var files = base
            var bytes = files[names[round % names.count]] ?? []
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let position = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.mutate(using: &random)
                case 1: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: position)
                default:
                    // A number or a word becomes another one.
                    let end = bytes[position...].firstIndex { $0 < 0x30 || $0 > 0x7A } ?? bytes.endIndex
                    bytes.replaceSubrange(position..<end, with: (words.randomElement(using: &random) ?? "").utf8)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            files[names[round % names.count]] = bytes
            do throws(CheckpointError) {
                let file = try TinyFolder.open(files)
                for tensor in file.tensors { #expect(try file.floats(of: tensor).count == tensor.elementCount) }
                accepted += 1
            } catch {
                #expect(error.code != .io && !error.description.contains("\n"), "round \(round): \(error)")
            }
        }
        // Both outcomes must have been seen, or the mutations prove nothing.
        #expect((100..<9_900).contains(accepted), "\(accepted) accepted")
    }

    private static func expectRefusal(_ files: [String: [UInt8]], _ problem: String) {
        #expect { try TinyFolder.open(files) } throws: { error in
            let text = "\(error)"
            return error is CheckpointError && text.contains(problem) && !text.contains("\n")
        }
    }

    private static func replacing(_ text: String, in whole: String, with change: String) -> String {
        let parts = whole.split(separator: text, maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "no \(text)")
        return parts.joined(separator: change)
    }
}
