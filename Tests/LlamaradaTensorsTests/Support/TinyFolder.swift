import LlamaradaTensors

/// A folder of Hugging Face's in memory: a Llama of one layer whose tokenizer has bytes and one merge.
struct TinyFolder {
    var config = """
        {"model_type":"llama","hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,"num_attention_heads":1,\
        "num_key_value_heads":1,"max_position_embeddings":64,"rms_norm_eps":1e-5,"rope_theta":10000.0,"vocab_size":4,\
        "tie_word_embeddings":true,"hidden_act":"silu","rope_scaling":{"rope_type":"llama3","factor":8.0,\
        "low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}}
        """
    var index = """
        {"metadata":{},"weight_map":{"model.embed_tokens.weight":"a.safetensors","model.norm.weight":"a.safetensors",\
        "model.layers.0.self_attn.q_proj.weight":"b.safetensors"}}
        """
    var tokenizer = """
        {"added_tokens":[{"id":0,"content":"<s>","special":true}],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel",\
        "add_prefix_space":false},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}]},\
        "model":{"type":"BPE","vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}
        """
    var tokenizerConfig = #"{"bos_token":"<s>","eos_token":{"content":"<s>"},"chat_template":"{{ x }}"}"#
    var first = Self.shard([
        ("model.embed_tokens.weight", "F32", [4, 4], 64), ("model.norm.weight", "BF16", [4], 8),
    ])
    var second = Self.shard([("model.layers.0.self_attn.q_proj.weight", "F16", [4, 4], 32)])

    /// The files by their names.
    var files: [String: [UInt8]] {
        [
            "config.json": Array(config.utf8), "model.safetensors.index.json": Array(index.utf8),
            "tokenizer.json": Array(tokenizer.utf8), "tokenizer_config.json": Array(tokenizerConfig.utf8),
            "a.safetensors": first, "b.safetensors": second,
        ]
    }

    /// Opens the folder as everything that takes a model does.
    static func open(_ files: [String: [UInt8]]) throws(CheckpointError) -> GGUFFile {
        let sources = files.mapValues { MemorySource($0) as any ByteSource }
        return try GGUFFile(source: HuggingFaceFolder(CheckpointFolder(path: "folder", files: sources)).converted())
    }

    /// A safetensors file whose bytes count from 1.
    static func shard(_ tensors: [(name: String, type: String, shape: [Int], byteCount: Int)]) -> [UInt8] {
        var offset = 0
        let entries = tensors.map { tensor in
            defer { offset += tensor.byteCount }
            let place = "[\(offset),\(offset + tensor.byteCount)]"
            return #""\#(tensor.name)":{"dtype":"\#(tensor.type)","shape":\#(tensor.shape),"data_offsets":\#(place)}"#
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        return RawGGUF.number(UInt64(header.count)) + header + (0..<offset).map { UInt8(truncatingIfNeeded: $0 + 1) }
    }
}
