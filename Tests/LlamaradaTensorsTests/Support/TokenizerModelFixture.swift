import Foundation
import Llamarada
import LlamaradaTensors
import LlamaradaText
import TestSupport

/// A `tokenizer.model` and the ids that the library of its format gives; tools/fixtures/tokenizer_models.py writes both.
struct TokenizerModelFixture: Decodable {
    let texts: [String]
    let ids: [[TokenID]]
    /// A text of special tokens; tiktoken's alone.
    let special: String?
    let specialIDs: [TokenID]?

    private static let folder = ModelFixture.folder.appending(path: "tokenizer-models")
    static let names = ["f32", "gemma3-f32", "tiktoken"]

    static func load(_ name: String) throws -> TokenizerModelFixture {
        try JSONDecoder().decode(
            TokenizerModelFixture.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: "\(name).model")))
    }

    /// The tokenizer as everything reads it: out of a GGUF file.
    static func tokenizer(_ metadata: [(key: String, value: MetadataValue)]) throws -> Tokenizer {
        var writer = GGUFWriter()
        for (key, value) in metadata { writer.add(key, value) }
        return try Tokenizer(gguf: GGUFFile(source: MemorySource(writer.bytes())))
    }
}

/// Messages of protocol buffers, put together by hand.
enum RawMessage {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    static func field(_ number: UInt64, _ value: Int) -> [UInt8] {
        varint(number << 3) + varint(UInt64(bitPattern: Int64(value)))
    }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    static func field(_ number: UInt64, _ value: Float) -> [UInt8] {
        varint(number << 3 | 5) + RawGGUF.number(value.bitPattern)
    }
}

/// A model of SentencePiece's with four pieces, each part of which can be made wrong.
struct TinySentencePiece {
    var pieces = [
        piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), piece("a", -1, nil),
    ]
    var trainer = RawMessage.field(3, 2)
    var normalizer = RawMessage.field(4, 0)

    static func piece(_ text: String, _ score: Float, _ type: Int?) -> [UInt8] {
        let type = type.map { RawMessage.field(3, $0) } ?? []
        return RawMessage.field(1, Array(text.utf8)) + RawMessage.field(2, score) + type
    }

    var bytes: [UInt8] {
        pieces.flatMap { RawMessage.field(1, $0) } + RawMessage.field(2, trainer) + RawMessage.field(3, normalizer)
    }
}
