package import LlamaradaTensors

/// A valid two-layer model of zeros, to be damaged and opened: 4 heads of 4 over 2 kv heads, dim 16, ffn 24, 10 tokens.
package struct TinyModel {
    package var metadata: [String: MetadataValue] = [
        "general.architecture": .text("llama"),
        "general.name": .text("tiny"),
        "llama.block_count": .uint32(2),
        "llama.context_length": .uint32(64),
        "llama.embedding_length": .uint32(16),
        "llama.feed_forward_length": .uint32(24),
        "llama.attention.head_count": .uint32(4),
        "llama.attention.head_count_kv": .uint32(2),
        "llama.attention.layer_norm_rms_epsilon": .float32(1e-5),
        "llama.rope.dimension_count": .uint32(4),
        "tokenizer.ggml.tokens": .array(.string(MetadataStrings((0..<10).map { [UInt8(48 + $0)] }))),
    ]
    package var tensors: [String: [Int]]
    /// What the tensors hold, everywhere.
    package var element: Float = 0

    package init() {
        tensors = ["token_embd.weight": [10, 16], "output_norm.weight": [16], "output.weight": [10, 16]]
        for layer in 0..<2 {
            tensors["blk.\(layer).attn_norm.weight"] = [16]
            tensors["blk.\(layer).attn_q.weight"] = [16, 16]
            tensors["blk.\(layer).attn_k.weight"] = [8, 16]
            tensors["blk.\(layer).attn_v.weight"] = [8, 16]
            tensors["blk.\(layer).attn_output.weight"] = [16, 16]
            tensors["blk.\(layer).ffn_norm.weight"] = [16]
            tensors["blk.\(layer).ffn_gate.weight"] = [24, 16]
            tensors["blk.\(layer).ffn_up.weight"] = [24, 16]
            tensors["blk.\(layer).ffn_down.weight"] = [16, 24]
        }
    }

    /// The same as a Gemma without windows: heads of 4 in a dim of 12, so that neither follows from the other.
    package static func gemma3(layers: Int) -> TinyModel {
        var model = TinyModel()
        for (key, value) in model.metadata where key.hasPrefix("llama.") {
            model.metadata[key] = nil
            model.metadata["gemma3." + key.dropFirst("llama.".count)] = value
        }
        model.metadata["general.architecture"] = .text("gemma3")
        model.metadata["gemma3.block_count"] = .uint32(UInt32(layers))
        model.metadata["gemma3.embedding_length"] = .uint32(12)
        model.metadata["gemma3.attention.key_length"] = .uint32(4)
        model.metadata["gemma3.attention.value_length"] = .uint32(4)
        model.tensors = ["token_embd.weight": [10, 12], "output_norm.weight": [12]]
        for layer in 0..<layers {
            let shapes = [
                "attn_norm": [12], "attn_q": [16, 12], "attn_k": [8, 12], "attn_v": [8, 12], "attn_q_norm": [4],
                "attn_k_norm": [4], "attn_output": [12, 16], "post_attention_norm": [12], "ffn_norm": [12],
                "ffn_gate": [24, 12], "ffn_up": [24, 12], "ffn_down": [12, 24], "post_ffw_norm": [12],
            ]
            for (name, shape) in shapes { model.tensors["blk.\(layer).\(name).weight"] = shape }
        }
        return model
    }

    package func file() throws -> GGUFFile { try Self.open(bytes()) }

    /// Opens a file in memory, called "tiny.gguf".
    package static func open(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFFile {
        try GGUFFile(source: Bytes(content: bytes))
    }

    package func bytes() throws -> [UInt8] {
        var writer = GGUFWriter()
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.add(key, value) }
        for (name, shape) in tensors.sorted(by: { $0.key < $1.key }) {
            writer.addTensor(name, shape: shape, elementType: .f32)
        }
        var bytes: [UInt8] = []
        try writer.write(into: { bytes.append(contentsOf: $0) }, file: "tiny.gguf") { tensor, sink in
            try [Float](repeating: element, count: tensor.elementCount).withUnsafeBytes(sink)
        }
        return bytes
    }

    private struct Bytes: ByteSource {
        package let content: [UInt8]
        package var name: String { "tiny.gguf" }
        package var byteCount: Int { content.count }

        package func read(into target: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws(CheckpointError) {
            target.copyBytes(from: content[byteOffset..<byteOffset + target.count])
        }
    }
}
