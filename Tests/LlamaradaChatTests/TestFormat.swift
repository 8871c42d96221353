import Llamarada
import LlamaradaChat
import LlamaradaTensors
import LlamaradaText
import TestSupport

/// A vocabulary of bytes and five special pieces, with what metadata and template a test wants.
enum TestFormat {
    static func make(_ metadata: [String: MetadataValue] = [:], template: String? = nil) throws -> ChatFormat {
        var writer = GGUFWriter()
        let pieces =
            ["<s>", "</s>", "<unk>", "<|im_end|>", "<tool_call>"] + (0..<256).map { "<0x\(hex($0))>" } + ["\u{2581}"]
        let kinds: [Int32] = [3, 3, 2, 3, 4] + [Int32](repeating: 6, count: 256) + [1]
        writer.add("tokenizer.ggml.model", .text("llama"))
        writer.add("tokenizer.ggml.tokens", .array(.string(MetadataStrings(pieces.map { Array($0.utf8) }))))
        writer.add("tokenizer.ggml.token_type", .array(.int32(kinds)))
        writer.add("tokenizer.ggml.scores", .array(.float32([Float](repeating: 0, count: pieces.count))))
        writer.add("tokenizer.ggml.bos_token_id", .uint32(0))
        writer.add("tokenizer.ggml.eos_token_id", .uint32(1))
        writer.add("tokenizer.ggml.unknown_token_id", .uint32(2))
        writer.add("tokenizer.ggml.add_space_prefix", .bool(false))
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.add(key, value) }
        var bytes: [UInt8] = []
        try writer.write(into: { bytes.append(contentsOf: $0) }, file: "tiny.gguf") { _, _ in }
        let file = try TinyModel.open(bytes)
        return try ChatFormat(file.metadata, Tokenizer(gguf: file), template: template)
    }

    private static func hex(_ byte: Int) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }
}
