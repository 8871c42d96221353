import LlamaradaText
import Testing

/// What goes in comes out, whole or in a stream.
struct RoundTripTests {
    /// Random texts: bytes of any kind, or characters that the patterns and UTF-8 treat differently.
    private static func texts(seed: UInt64, valid: Bool) -> [[UInt8]] {
        var random = SeededGenerator(state: seed)
        let characters = Array("ab '\u{17F}stLl \t\n\r1²½é日語한👩‍👩‍👧🏽\u{10FFFF}\u{0}\u{301}.,<>|".unicodeScalars)
        return (0..<1500).map { _ in
            (0..<Int.random(in: 0...40, using: &random)).flatMap { _ -> [UInt8] in
                guard valid, let scalar = characters.randomElement(using: &random) else {
                    return [UInt8.random(in: 0...255, using: &random)]
                }
                return Array(String(Character(scalar)).utf8)
            }
        }
    }

    @Test(arguments: TokenizerFixture.names)
    func randomTextsSurvive(_ name: String) throws {
        let tokenizer = try Tokenizer.fixture(name)
        for text in Self.texts(seed: 1, valid: false) + Self.texts(seed: 2, valid: true) {
            for parseSpecial in [false, true] {
                let ids = tokenizer.encode(text, addSpecial: true, parseSpecial: parseSpecial)
                #expect(tokenizer.decode(ids) == text)
            }
        }
    }

    @Test(arguments: TokenizerFixture.names, [false, true])
    func streamingEqualsDecoding(_ name: String, isContinuation: Bool) throws {
        let tokenizer = try Tokenizer.fixture(name)
        for valid in [false, true] {
            for text in Self.texts(seed: 3, valid: valid) {
                let ids = tokenizer.encode(text, addSpecial: true, parseSpecial: false)
                var stream = StreamingDetokenizer(tokenizer, isContinuation: isContinuation)
                let parts = ids.map { stream.append($0) } + [stream.finish()]
                let whole = tokenizer.decode(ids, isContinuation: isContinuation)
                #expect(Array(parts.joined().utf8) == Array(String(decoding: whole, as: UTF8.self).utf8))
                if valid { #expect(!parts.joined().unicodeScalars.contains("\u{FFFD}")) }
            }
        }
    }

    @Test func anEmojiComesOutWhole() throws {
        let tokenizer = try Tokenizer.fixture("gpt-2")
        var stream = StreamingDetokenizer(tokenizer)
        let parts = tokenizer.plain("😀!").map { stream.append($0) }
        #expect(parts == ["", "", "", "😀", "!"])
        #expect(stream.finish() == "")
    }

    @Test func whatCannotBecomeACharacterIsReplacedAtOnce() throws {
        let tokenizer = try Tokenizer(
            model: .byteLevelBPE(preTokenizer: .gpt2, merges: []), vocabulary: .letters())
        func stream(_ bytes: [UInt8]) -> [String] {
            var stream = StreamingDetokenizer(tokenizer)
            return bytes.map { stream.append(TokenID($0)) } + [stream.finish()]
        }
        #expect(stream([0xE0, 0x80]) == ["", "\u{FFFD}\u{FFFD}", ""])
        #expect(stream([0xF0, 0x9F, 0x98]) == ["", "", "", "\u{FFFD}"])
        #expect(stream([0xFF, 0xC3, 0x41]) == ["\u{FFFD}", "", "\u{FFFD}A", ""])
    }

    @Test func sentencePieceReadsItsSpaceMarkAsASpace() throws {
        let tokenizer = try Tokenizer.fixture("sentencepiece")
        #expect(tokenizer.plain("a\u{2581}b") == tokenizer.plain("a b"))
    }
}
