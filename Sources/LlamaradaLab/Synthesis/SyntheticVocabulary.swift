import Llamarada
import LlamaradaTensors
import LlamaradaText

/// A SentencePiece vocabulary of printable ASCII without byte tokens: any ASCII prompt has tokens, and whatever random
/// weights say is printable and valid UTF-8.
enum SyntheticVocabulary {
    /// `<unk>`, `<s>` and `</s>`, whose rows in the head are 0.
    static let specialCount = 3
    static let unknown: UInt32 = 0
    static let bos: UInt32 = 1
    static let eos: UInt32 = 2

    /// SPECIALS, every printable ASCII character, then words of one to three letters until the vocabulary is full. Every
    /// piece but the first of them is two shorter pieces put together, so that merging can reach it.
    static func pieces(count: Int) -> [String] {
        let space = "▁"
        let lower = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { String(UnicodeScalar($0)) }
        let upper = lower.map { $0.uppercased() }
        let singles = (UInt8(ascii: "!")...UInt8(ascii: "~")).map { String(UnicodeScalar($0)) }
        let pairs = product(lower, lower)
        let names = product(upper, lower)
        let groups = [
            ["<unk>", "<s>", "</s>"], [space], singles, product([space], lower), product([space], upper), pairs,
            product([space], pairs), names, product([space], names), product(pairs, lower),
            product([space], product(pairs, lower)),
        ]
        return Array(groups.joined().prefix(count))
    }

    private static func product(_ heads: [String], _ tails: [String]) -> [String] {
        heads.flatMap { head in tails.map { head + $0 } }
    }

    private static func kinds(count: Int) -> [Int32] {
        (0..<count).map { index -> TokenKind in
            index == 0 ? .unknown : index < specialCount ? .control : .normal
        }.map(\.rawValue)
    }

    /// The same as a file of SentencePiece's.
    static func tokenizerModel(count: Int) throws -> [UInt8] {
        let pieces = pieces(count: count)
        return try SentencePieceWriter.bytes(
            pieces: pieces, scores: pieces.indices.map { -Float($0) }, kinds: kinds(count: count))
    }

    /// Adds the tokenizer's keys to a file.
    static func add(to writer: inout GGUFWriter, count: Int) {
        let pieces = pieces(count: count)
        writer.add("tokenizer.ggml.model", .text("llama"))
        writer.add("tokenizer.ggml.tokens", .array(.string(MetadataStrings(pieces.map { Array($0.utf8) }))))
        // Earlier pieces merge first, as in vocabularies that were trained.
        writer.add("tokenizer.ggml.scores", .array(.float32(pieces.indices.map { -Float($0) })))
        writer.add("tokenizer.ggml.token_type", .array(.int32(kinds(count: count))))
        writer.add("tokenizer.ggml.unknown_token_id", .uint32(unknown))
        writer.add("tokenizer.ggml.bos_token_id", .uint32(bos))
        writer.add("tokenizer.ggml.eos_token_id", .uint32(eos))
        writer.add("tokenizer.ggml.add_bos_token", .bool(true))
        writer.add("tokenizer.ggml.add_eos_token", .bool(false))
        writer.add("tokenizer.ggml.add_space_prefix", .bool(true))
    }
}
