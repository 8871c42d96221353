import Foundation
import LlamaradaText

/// A vocabulary and the ids that a reference tokenizer gives; written by tools/fixtures/tokenizer_fixtures.py.
struct TokenizerFixture: Decodable {
    struct Sample: Decodable {
        var name: String
        var base64: String

        var bytes: [UInt8] { Data(base64Encoded: base64).map { Array($0) } ?? [] }
    }

    var model: String
    var preTokenizer: String?
    var pieces: [String]
    var scores: [Float]?
    var merges: [String]?
    var kinds: [Int32]
    var bos: TokenID
    var eos: TokenID
    var unknown: TokenID?
    var addsSpacePrefix: Bool?
    /// The ids of every sample, in order; absent in vocabularies of other tests.
    var ids: [[TokenID]]?
    /// The pre-tokenizer's words for every sample, as lengths in bytes.
    var words: [[Int]]?

    static let names = ["sentencepiece", "gpt-2", "smollm", "llama-bpe", "qwen2", "default"]

    static func load(_ name: String) throws -> TokenizerFixture { try decode(file(name)) }

    static func samples() throws -> [Sample] { try decode(file("texts")) }

    private static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/tokenizers/\(name).json")
    }

    static func decode<Value: Decodable>(_ file: URL) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    }

    var tokenizerModel: TokenizerModel {
        get throws {
            guard let preTokenizer else { return .sentencePiece }
            return .byteLevelBPE(
                preTokenizer: try PreTokenizer(named: preTokenizer), merges: (merges ?? []).map { Array($0.utf8) })
        }
    }

    var vocabulary: Vocabulary {
        Vocabulary(
            pieces: pieces.map { Array($0.utf8) }, scores: scores ?? [],
            kinds: kinds.map { TokenKind(rawValue: $0) ?? .normal }, bos: bos, eos: eos, unknown: unknown,
            addsBOS: true, addsSpacePrefix: addsSpacePrefix ?? false)
    }

    func tokenizer() throws -> Tokenizer { try Tokenizer(model: tokenizerModel, vocabulary: vocabulary) }
}

extension Tokenizer {
    /// The tokenizer of a fixture.
    static func fixture(_ name: String) throws -> Tokenizer { try TokenizerFixture.load(name).tokenizer() }

    /// The ids of plain text.
    func plain(_ text: String) -> [TokenID] { encode(text, addSpecial: false, parseSpecial: false) }

    /// The raw pieces of some ids.
    func pieces(_ ids: [TokenID]) -> [String] {
        ids.map { String(decoding: vocabulary.pieces[Int($0)], as: UTF8.self) }
    }
}

/// Reproducible random numbers (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
