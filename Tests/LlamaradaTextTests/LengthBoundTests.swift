import LlamaradaText
import Testing

/// The bound on a text's bytes never refuses a text that fits.
@Suite struct LengthBoundTests {
    private static let bytes = (0...255).map { byte -> [UInt8] in
        let digits = Array("0123456789ABCDEF".utf8)
        return Array("<0x".utf8) + [digits[byte >> 4], digits[byte & 15]] + Array(">".utf8)
    }

    private func sentencePiece(_ pieces: [String], withBytes: Bool) throws -> Tokenizer {
        let texts = ["<unk>"] + pieces
        let all = texts.map { Array($0.utf8) } + (withBytes ? Self.bytes : [])
        let kinds: [TokenKind] =
            [.unknown] + pieces.map { _ in .normal } + (withBytes ? Self.bytes.map { _ in .byte } : [])
        return try Tokenizer(
            model: .sentencePiece,
            vocabulary: Vocabulary(pieces: all, scores: all.indices.map { -Float($0) }, kinds: kinds, unknown: 0))
    }

    @Test func holdsForSpacesAndLongPieces() throws {
        // Each step of the merging needs its piece.
        let letters = (1...9).map { String(repeating: "a", count: $0) }
        let spaces = (1...4).map { String(repeating: "\u{2581}", count: $0) }
        let tokenizer = try sentencePiece(Array((letters + spaces).reversed()), withBytes: true)
        for unit in ["a", " ", "\u{2581}", "é", "a b", "\u{0}"] {
            for count in [0, 1, 9, 100, 1000] {
                let text = String(repeating: unit, count: count)
                let tokens = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
                let bound = try #require(tokenizer.largestByteCount(ofTokens: tokens.count))
                #expect(text.utf8.count <= bound, "\(unit) × \(count)")
            }
        }
        #expect(tokenizer.largestByteCount(ofTokens: 2) == 24)
        #expect(tokenizer.largestByteCount(ofTokens: .max) == nil)
    }

    /// One unknown token stands for a run of any length.
    @Test func isAbsentWhereBytesHaveNoTokens() throws {
        let tokenizer = try sentencePiece(["a"], withBytes: false)
        let text = String(repeating: "z", count: 10_000)
        #expect(tokenizer.encode(text, addSpecial: false, parseSpecial: false).count == 1)
        #expect(tokenizer.largestByteCount(ofTokens: 1) == nil)
    }
}
