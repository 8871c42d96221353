import Llamarada
import LlamaradaTensors
import TestSupport
import Testing

@Suite struct ModelConfigurationTests {
    @Test func readsEverything() throws {
        var model = TinyModel()
        model.metadata["llama.rope.freq_base"] = .float32(500_000)
        model.metadata["llama.rope.scaling.type"] = .text("linear")
        model.metadata["llama.rope.scaling.factor"] = .float32(4)
        model.tensors["rope_freqs.weight"] = [2]
        model.element = 2
        let configuration = try ModelConfiguration(gguf: model.file())
        #expect(configuration.name == "tiny")
        #expect(configuration.layerCount == 2)
        #expect(configuration.dim == 16)
        #expect(configuration.headCount == 4)
        #expect(configuration.kvHeadCount == 2)
        #expect(configuration.headDim == 4)
        #expect(configuration.kvDim == 8)
        #expect(configuration.ffnDim == 24)
        #expect(configuration.vocabularySize == 10)
        #expect(configuration.normEpsilon == 1e-5)
        #expect(configuration.ropeBase == 500_000)
        #expect(configuration.ropeDimensionCount == 4)
        #expect(configuration.ropeScale == 4)
        #expect(configuration.ropeFactors == [2, 2])
        #expect(configuration.contextLength == 64)
        #expect(!configuration.tiedHead)
    }

    @Test func defaults() throws {
        var model = TinyModel()
        for key in ["general.name", "llama.rope.dimension_count", "tokenizer.ggml.tokens"] { model.metadata[key] = nil }
        model.metadata["llama.attention.head_count_kv"] = nil
        for layer in 0..<2 {
            model.tensors["blk.\(layer).attn_k.weight"] = [16, 16]
            model.tensors["blk.\(layer).attn_v.weight"] = [16, 16]
        }
        model.tensors["output.weight"] = nil
        model.tensors["blk.1.attn_rot_embd.weight"] = [2]
        let configuration = try ModelConfiguration(gguf: model.file())
        #expect(configuration.name == "")
        #expect(configuration.kvHeadCount == 4)
        #expect(configuration.ropeBase == 10_000)
        #expect(configuration.ropeScale == 1)
        #expect(configuration.ropeFactors == nil)
        #expect(configuration.tiedHead)
    }

    @Test func olderScaleAndNoScale() throws {
        var model = TinyModel()
        model.metadata["llama.rope.scale_linear"] = .float32(2)
        #expect(try ModelConfiguration(gguf: model.file()).ropeScale == 2)
        model.metadata["llama.rope.scaling.type"] = .text("none")
        #expect(try ModelConfiguration(gguf: model.file()).ropeScale == 1)
    }

    @Test func yarn() throws {
        var model = TinyModel()
        #expect(try ModelConfiguration(gguf: model.file()).ropeYaRN == nil)
        model.metadata["llama.rope.scaling.type"] = .text("yarn")
        model.metadata["llama.rope.scaling.factor"] = .float32(4)
        let context = Double(try ModelConfiguration(gguf: model.file()).contextLength)
        #expect(
            try ModelConfiguration(gguf: model.file()).ropeYaRN == YaRNScaling(factor: 4, trainedContext: context))
        model.metadata["llama.rope.scaling.original_context_length"] = .uint32(2048)
        let usual = YaRNScaling(factor: 4, trainedContext: 2048)
        #expect(try ModelConfiguration(gguf: model.file()).ropeYaRN == usual)
        #expect(try ModelConfiguration(gguf: model.file()).ropeScale == 1)
        model.metadata["llama.rope.scaling.attn_factor"] = .float32(0.5)
        model.metadata["llama.rope.scaling.yarn_beta_fast"] = .float32(16)
        model.metadata["llama.rope.scaling.yarn_beta_slow"] = .float32(2)
        #expect(
            try ModelConfiguration(gguf: model.file()).ropeYaRN
                == YaRNScaling(factor: 4, trainedContext: 2048, fastTurns: 16, slowTurns: 2, attentionFactor: 0.5))
        model.metadata["llama.rope.freq_base"] = .float32(1)
        #expect(throws: CheckpointError.self) { try ModelConfiguration(gguf: model.file()) }
    }

    @Test func windows() throws {
        let defaults = try ModelConfiguration(gguf: ModelFixture.load("gemma3-f32").open())
        #expect(defaults.window == AttentionWindow(length: 7, period: 6, ropeBase: 10_000))
        #expect((0..<6).map { defaults.attentionShape(ofLayer: $0).window } == [7, 7, 7, 7, 7, nil])
        let named = try ModelConfiguration(gguf: ModelFixture.load("gemma3-q8_0").open())
        #expect(named.window == AttentionWindow(length: 9, period: 2, ropeBase: 500))
        #expect(named.ropeScale == 8 && named.ropeBase == 1e6 && named.reaches == [.full, .windowed])
        let all = AttentionWindow(length: 1, period: 0, ropeBase: 1)
        #expect((0..<3).allSatisfy { all.reach(ofLayer: $0) == .windowed })
        let none = AttentionWindow(length: 1, period: 1, ropeBase: 1)
        #expect((0..<3).allSatisfy { none.reach(ofLayer: $0) == .full })
        // Of Mistral's window nothing is known to this architecture.
        var llama = TinyModel()
        llama.metadata["llama.attention.sliding_window"] = .uint32(4096)
        #expect(try ModelConfiguration(gguf: llama.file()).window == nil)
    }

    @Test func scalesOfScores() throws {
        var model = TinyModel()
        #expect(try ModelConfiguration(gguf: model.file()).attentionScale == 0.5)
        model.metadata["llama.attention.scale"] = .float32(0.125)
        #expect(try ModelConfiguration(gguf: model.file()).attentionScale == 0.125)
        // As Gemma 3 27B has 62 layers: here 4 heads in a dim of 12.
        var largest = TinyModel.gemma3(layers: 62)
        #expect(try ModelConfiguration(gguf: largest.file()).attentionScale == (1.0 / 3).squareRoot())
        largest = .gemma3(layers: 2)
        #expect(try ModelConfiguration(gguf: largest.file()).attentionScale == 0.5)
    }

    @Test func aGemmaWithoutWindows() throws {
        var model = TinyModel.gemma3(layers: 2)
        #expect(try ModelConfiguration(gguf: model.file()).window == nil)
        model.metadata["gemma3.attention.sliding_window"] = .uint32(0)
        #expect(try ModelConfiguration(gguf: model.file()).window == nil)
    }

    @Test(
        arguments: [
            ("gemma3.attention.sliding_window", .int32(-1), ["'gemma3.attention.sliding_window' is -1"]),
            ("gemma3.rope.freq_base_swa", .float32(.nan), ["'gemma3.rope.freq_base_swa' is nan"]),
            (
                "gemma3.attention.sliding_window_pattern", .int32(-6),
                ["'gemma3.attention.sliding_window_pattern' is -6"]
            ),
            ("gemma3.final_logit_softcapping", .float32(30), ["'gemma3.final_logit_softcapping' is 30", "not supp"]),
            ("gemma3.attention.scale", .float32(-1), ["'gemma3.attention.scale' is -1"]),
        ] as [(String, MetadataValue, [String])])
    func refusesGemmasMetadata(_ key: String, _ value: MetadataValue, _ fragments: [String]) throws {
        var model = TinyModel.gemma3(layers: 2)
        model.metadata["gemma3.attention.sliding_window"] = .uint32(4)
        model.metadata[key] = value
        try expectRefusal(model, fragments)
    }

    @Test(
        arguments: [
            ("general.architecture", .text("falcon"), ["architecture 'falcon' is not supported", "'llama', 'qwen2'"]),
            ("general.architecture", nil, ["'general.architecture'", "no such key"]),
            ("llama.block_count", nil, ["'llama.block_count'", "no such key"]),
            ("llama.block_count", .text("2"), ["'llama.block_count'", "expected an integer"]),
            ("llama.block_count", .uint32(0), ["'llama.block_count' is 0, expected 1 to 4096"]),
            ("llama.block_count", .int32(-1), ["'llama.block_count' is -1"]),
            ("llama.block_count", .uint64(.max), ["'llama.block_count'"]),
            ("llama.block_count", .uint32(3), ["'blk.2.attn_norm.weight' is missing", "says 3 layers"]),
            ("llama.block_count", .uint32(1), ["tensor 'blk.1.", "'llama.block_count' says 1 layers"]),
            ("llama.context_length", .uint32(0), ["'llama.context_length' is 0"]),
            ("llama.context_length", .uint32(.max), ["'llama.context_length' is 4294967295"]),
            ("llama.embedding_length", .uint32(0), ["'llama.embedding_length' is 0, expected 1 to 1048576"]),
            ("llama.embedding_length", .uint32(.max), ["'llama.embedding_length' is 4294967295"]),
            ("llama.embedding_length", .uint32(18), ["'llama.attention.head_count' is 4", "divide", "18"]),
            (
                "llama.embedding_length", .uint32(32), ["'llama.rope.dimension_count' is 4", "heads of 8 elements"]
            ),
            ("llama.feed_forward_length", .uint32(0), ["'llama.feed_forward_length' is 0"]),
            (
                "llama.feed_forward_length", .uint32(32),
                [
                    "tensor 'blk.0.ffn_gate.weight' has shape (24, 16)",
                    "'llama.feed_forward_length' and 'llama.embedding_length' say (32, 16)",
                ]
            ),
            (
                "llama.feed_forward_length", .array(.int32([24, 24])),
                ["'llama.feed_forward_length'", "expected an integer"]
            ),
            ("llama.attention.head_count", .uint32(0), ["'llama.attention.head_count' is 0"]),
            ("llama.attention.head_count", .uint32(16), ["heads have 1 elements", "pairs"]),
            ("llama.attention.head_count", .uint32(8), ["'llama.rope.dimension_count' is 4", "heads of 2 elements"]),
            ("llama.attention.head_count", .uint32(5), ["'llama.attention.head_count_kv' is 2", "divide", "5"]),
            ("llama.attention.head_count_kv", .uint32(3), ["'llama.attention.head_count_kv' is 3", "divide"]),
            (
                "llama.attention.head_count_kv", .uint32(1),
                ["'blk.0.attn_k.weight' has shape (8, 16)", "'llama.attention.head_count_kv'", "(4, 16)"]
            ),
            ("llama.attention.key_length", .uint32(0), ["'llama.attention.key_length' is 0"]),
            ("llama.attention.key_length", .uint32(3), ["3 elements", "pairs"]),
            ("llama.attention.key_length", .uint32(8), ["'llama.rope.dimension_count' is 4", "heads of 8"]),
            ("llama.attention.value_length", .uint32(8), ["'llama.attention.value_length' is 8", "heads of 4"]),
            (
                "llama.attention.layer_norm_rms_epsilon", nil,
                ["'llama.attention.layer_norm_rms_epsilon'", "no such key"]
            ),
            ("llama.attention.layer_norm_rms_epsilon", .float32(.nan), ["layer_norm_rms_epsilon' is nan"]),
            ("llama.attention.layer_norm_rms_epsilon", .float32(-1e-5), ["layer_norm_rms_epsilon' is -"]),
            ("llama.attention.layer_norm_rms_epsilon", .float32(.infinity), ["layer_norm_rms_epsilon' is inf"]),
            ("llama.rope.freq_base", .float32(0), ["'llama.rope.freq_base' is 0.0"]),
            ("llama.rope.freq_base", .float32(.nan), ["'llama.rope.freq_base' is nan"]),
            ("llama.rope.freq_base", .float32(.infinity), ["'llama.rope.freq_base' is inf"]),
            ("llama.rope.dimension_count", .uint32(2), ["'llama.rope.dimension_count' is 2", "heads of 4"]),
            (
                "llama.rope.scaling.type", .text("longrope"),
                ["'llama.rope.scaling.type' is 'longrope'", "only 'none', 'linear' and 'yarn'"]
            ),
            ("llama.rope.scaling.factor", .float32(0), ["'llama.rope.scaling.factor' is 0.0"]),
            ("llama.vocab_size", .uint32(11), ["shape (10, 16)", "'llama.vocab_size' says 11 tokens"]),
            (
                "tokenizer.ggml.tokens", .array(.string(MetadataStrings([[65], [66]]))),
                ["'token_embd.weight' has shape (10, 16)", "'tokenizer.ggml.tokens' says 2 tokens"]
            ),
            ("llama.expert_count", .uint32(8), ["'llama.expert_count' is 8", "not supported"]),
        ] as [(String, MetadataValue?, [String])])
    func refusesMetadata(_ key: String, _ value: MetadataValue?, _ fragments: [String]) throws {
        var model = TinyModel()
        model.metadata[key] = value
        try expectRefusal(model, fragments)
    }

    @Test(
        arguments: [
            ("token_embd.weight", nil, ["tensor 'token_embd.weight' is missing"]),
            ("token_embd.weight", [10, 8], ["(10, 8)", "'llama.embedding_length' says (tokens, 16)"]),
            ("token_embd.weight", [160], ["'token_embd.weight' has shape (160)"]),
            ("token_embd.weight", [1, 10, 16], ["'token_embd.weight' has shape (1, 10, 16)"]),
            ("output_norm.weight", nil, ["'output_norm.weight' is missing"]),
            ("output_norm.weight", [1, 16], ["shape (1, 16)", "'llama.embedding_length' says (16)"]),
            ("output.weight", [11, 16], ["'output.weight' has shape (11, 16)", "(10, 16)"]),
            ("blk.1.attn_norm.weight", [8], ["'blk.1.attn_norm.weight' has shape (8)", "says (16)"]),
            ("blk.1.attn_q.weight", [16, 8], ["'blk.1.attn_q.weight' has shape (16, 8)", "say (16, 16)"]),
            ("blk.1.attn_v.weight", nil, ["'blk.1.attn_v.weight' is missing", "2 layers"]),
            ("blk.0.attn_output.weight", [16, 16, 1], ["'blk.0.attn_output.weight' has shape (16, 16, 1)"]),
            ("blk.0.ffn_down.weight", [24, 16], ["'blk.0.ffn_down.weight' has shape (24, 16)", "say (16, 24)"]),
            ("blk.0.attn_q.bias", [16], ["'blk.0.attn_q.bias': biases are not supported"]),
            ("output.bias", [10], ["'output.bias': biases are not supported"]),
            ("blk.0.ffn_gate_exps.weight", [2, 4], ["'blk.0.ffn_gate_exps.weight'", "not supported"]),
            ("blk.0.attn_q_norm.weight", [4], ["'blk.0.attn_q_norm.weight'", "not supported"]),
            ("blk.7.ffn_up.weight", [24, 16], ["'blk.7.ffn_up.weight' is there", "says 2 layers"]),
            ("rope_freqs.weight", [3], ["'rope_freqs.weight' has shape (3)", "(2)"]),
            ("rope_freqs.weight", [2], ["'rope_freqs.weight' has 0.0 at 0"]),
        ] as [(String, [Int]?, [String])])
    func refusesTensors(_ name: String, _ shape: [Int]?, _ fragments: [String]) throws {
        var model = TinyModel()
        model.tensors[name] = shape
        try expectRefusal(model, fragments)
    }

    /// Whatever a header says, it is accepted or refused with one line; a trap would end the test run.
    @Test func mutatedHeadersNeverTrap() throws {
        let bytes = try TinyModel().bytes()
        let headerCount = try TinyModel.open(bytes).dataOffset
        var random = RandomValues(seed: 99)
        func below(_ limit: Int) -> Int { min(limit - 1, Int((random.next() + 1) / 2 * Float(limit))) }
        var accepted = 0
        for _ in 0..<4000 {
            var mutated = bytes
            for _ in 0...below(3) { mutated[below(headerCount)] = UInt8(below(256)) }
            do throws(CheckpointError) {
                _ = try ModelConfiguration(gguf: TinyModel.open(mutated))
                accepted += 1
            } catch {
                #expect(!"\(error)".contains("\n"))
            }
        }
        #expect(accepted > 0 && accepted < 4000)
    }

    private func expectRefusal(_ model: TinyModel, _ fragments: [String]) throws {
        let file = try model.file()
        let error = try #require(throws: CheckpointError.self) { try ModelConfiguration(gguf: file) }
        let message = "\(error)"
        #expect(message.hasPrefix("tiny.gguf: ") && !message.contains("\n"))
        for fragment in fragments { #expect(message.contains(fragment)) }
    }
}
