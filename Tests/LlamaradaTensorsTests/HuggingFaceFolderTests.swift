import Foundation
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
        ("\"llama3\"", "\"longrope\"", "of type 'longrope'"), ("\"vocab_size\":4", "\"vocab_size\":5", "with 5 rows"),
        ("\"vocab_size\":4", "\"vocab_size\":4000000000", "'vocab_size'"),
        ("\"num_attention_heads\":1", "\"num_attention_heads\":0", "'num_attention_heads'"),
        ("\"num_attention_heads\":1", "\"num_attention_heads\":2", "expected 4 rows"),
        ("\"hidden_size\":4", "\"hidden_size\":4.5", "'hidden_size'"),
        ("\"hidden_size\":4", "\"hidden_size\":8", "expected 8 rows"),
        ("\"high_freq_factor\":4.0", "\"high_freq_factor\":1.0", "'high_freq_factor'"),
        ("\"tie_word_embeddings\":true", "\"tie_word_embeddings\":false", "'lm_head.weight'"),
        ("\"rope_theta\":10000.0", "\"rope_parameters\":{\"rope_type\":\"default\"}", "'rope_parameters'"),
        ("\"vocab_size\":4", "\"vocab_size\":2097153", "'vocab_size'"),
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

    @Test(arguments: [
        ("self_attn.q_proj.bias", [4], 8), ("self_attn.z_proj.weight", [4, 4], 32), ("mlp.experts.weight", [4, 4], 32),
    ])
    func tensorsThatTheFamilyLacksAreRefused(_ name: String, _ shape: [Int], _ byteCount: Int) {
        var folder = TinyFolder()
        folder.index = Self.replacing("self_attn.q_proj.weight", in: folder.index, with: name)
        folder.second = TinyFolder.shard([("model.layers.0.\(name)", "F16", shape, byteCount)])
        Self.expectRefusal(folder.files, "'model.layers.0.\(name)': 'llama' has none")
    }

    /// Sparse files may say any size.
    @Test(arguments: [1 << 56, Int.max - 64]) func sizesDoNotOverflow(_ byteCount: Int) {
        let files = TinyFolder().files
        let large: any ByteSource = MemorySource(files["b.safetensors"] ?? [], byteCount: byteCount)
        let sources = files.mapValues { MemorySource($0) as any ByteSource }
            .merging(["b.safetensors": large]) { $1 }
        #expect {
            try HuggingFaceFolder(CheckpointFolder(path: "folder", files: sources)).converted()
        } throws: {
            "\($0)".contains("in all files of weights")
        }
    }

    /// GGUF says what a model multiplies cosine and sine by besides what the paper recommends.
    @Test func yarnIsRead() throws {
        var folder = TinyFolder()
        let start = try #require(folder.config.range(of: #"{"rope_type""#)?.lowerBound)
        folder.config = folder.config[..<start] + #"{"type":"yarn","factor":4.0,"attention_factor":1.0}}"#
        let metadata = try TinyFolder.open(folder.files).metadata
        #expect(metadata["llama.rope.scaling.type"] == .text("yarn"))
        #expect(metadata["llama.rope.scaling.factor"] == .float32(4))
        #expect(metadata["llama.rope.scaling.original_context_length"] == .uint32(64))
        #expect(metadata["llama.rope.scaling.attn_factor"] == .float32(Float(1 / 1.138629436111989)))
        folder.config = folder.config.replacing("\"type\":\"yarn\"", with: "\"type\":\"dynamic\"")
        #expect(try TinyFolder.open(folder.files).metadata["llama.rope.scaling.type"] == nil)
        folder.config = folder.config.replacing("\"type\":\"dynamic\"", with: "\"type\":\"yarn\",\"mscale\":1.0")
        Self.expectRefusal(folder.files, "'mscale'")
    }

    /// As transformers 5 writes them: an object for each kind of layer.
    @Test func basesOfBothKindsOfLayersAreRead() throws {
        var folder = TinyFolder()
        let start = """
            {"model_type":"gemma3_text","hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,\
            "num_attention_heads":1,"max_position_embeddings":64,"vocab_size":4,"sliding_window":7
            """
        folder.config = """
            \(start),"rope_parameters":{"full_attention":{"rope_theta":500000.0,"rope_type":"linear","factor":8.0},\
            "sliding_attention":{"rope_theta":20000.0,"rope_type":"default"}}}
            """
        let nested = try TinyFolder.open(folder.files).metadata
        #expect(nested["gemma3.rope.freq_base"] == .float32(500_000))
        #expect(nested["gemma3.rope.freq_base_swa"] == .float32(20_000))
        #expect(nested["gemma3.rope.scaling.factor"] == .float32(8))
        folder.config = start + "}"
        let silent = try TinyFolder.open(folder.files).metadata
        #expect(silent["gemma3.rope.freq_base"] == .float32(1_000_000))
        #expect(silent["gemma3.rope.freq_base_swa"] == .float32(10_000))
    }

    @Test func tokensWithoutRowsAreLeftOut() throws {
        var folder = TinyFolder()
        folder.tokenizer = Self.replacing(
            "[{\"id\":0", in: folder.tokenizer, with: "[{\"id\":4,\"content\":\"<image>\"},{\"id\":0")
        folder.tokenizerConfig = Self.replacing(
            "{\"bos", in: folder.tokenizerConfig, with: "{\"pad_token\":\"<pad>\",\"bos")
        let file = try TinyFolder.open(folder.files)
        #expect(file.metadata["tokenizer.ggml.token_type"] == .array(.int32([3, 1, 1, 1])))
        #expect(file.metadata["tokenizer.ggml.padding_token_id"] == nil)
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

    @Test func tokenizerModelStandsInForTheOtherFile() throws {
        var files = TinyFolder().files
        files["tokenizer.json"] = nil
        files["tokenizer.model"] = TinySentencePiece().bytes
        let metadata = try TinyFolder.open(files).metadata
        #expect(metadata["tokenizer.ggml.model"] == .text("llama"))
        #expect(metadata["tokenizer.ggml.scores"] == .array(.float32([0, 0, 0, -1])))
        #expect(metadata["tokenizer.ggml.token_type"] == .array(.int32([2, 3, 3, 1])))
        #expect(metadata["tokenizer.ggml.unknown_token_id"] == .uint32(0))
        // The configuration's names count before the ids of the file.
        #expect(metadata["tokenizer.ggml.eos_token_id"] == .uint32(1))
        #expect(metadata["tokenizer.ggml.add_bos_token"] == .bool(true))
        #expect(metadata["tokenizer.chat_template"] == .text("{{ x }}"))
        files["tokenizer_config.json"] = nil
        let silent = try TinyFolder.open(files).metadata
        #expect(silent["tokenizer.ggml.eos_token_id"] == .uint32(2))
        #expect(silent["tokenizer.ggml.add_bos_token"] == .bool(true))
        files["tokenizer.model"] = try TokenizerModelFixture.bytes("tiktoken")
        Self.expectRefusal(files, "expected 1 to 4 pieces, found 866")
    }

    @Test func foldersAddTokensToTheirTokenizerModel() throws {
        var (folder, model) = (TinyFolder(), TinySentencePiece())
        model.pieces.removeLast(2)
        folder.tokenizerConfig = """
            {"added_tokens_decoder":{"0":{"content":"<unk>","special":true},"3":{"content":"<|im_end|>","special":true},\
            "9":{"content":"<image>","special":true}},"add_bos_token":false}
            """
        var files = folder.files
        files["tokenizer.json"] = nil
        files["tokenizer.model"] = model.bytes
        files["added_tokens.json"] = Array(#"{"<tool>":2,"<|im_end|>":3}"#.utf8)
        Self.expectRefusal(files, "'eos_id': expected an id below 2, found 2")
        model.trainer += RawMessage.field(42, -1)
        files["tokenizer.model"] = model.bytes
        let metadata = try TinyFolder.open(files).metadata
        let tokens = ["<unk>", "<s>", "<tool>", "<|im_end|>"].map { Array($0.utf8) }
        #expect(metadata["tokenizer.ggml.tokens"] == .array(.string(MetadataStrings(tokens))))
        #expect(metadata["tokenizer.ggml.token_type"] == .array(.int32([2, 3, 4, 3])))
        #expect(metadata["tokenizer.ggml.eot_token_id"] == .uint32(3))
        #expect(metadata["tokenizer.ggml.eos_token_id"] == nil)
        #expect(metadata["tokenizer.ggml.add_bos_token"] == .bool(false))
        files["added_tokens.json"] = Array(#"{"<tool>":"2"}"#.utf8)
        Self.expectRefusal(files, "'<tool>': expected an id")
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
