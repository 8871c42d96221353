import LlamaradaText
import Testing

/// Control and user-defined pieces in text; the expected ids of whole texts are llama.cpp's.
struct SpecialTokenTests {
    @Test(
        arguments: [
            ("<s>hi</s> there", [1, 1, 414, 835, 2, 261, 381, 832]),
            ("a<s>", [1, 264, 1]),
            ("<s> <s>x", [1, 1, 261, 1, 831, 875]),
            ("<unk>y", [1, 0, 350]),
        ] as [(String, [TokenID])])
    func sentencePieceParsesControlTokens(_ text: String, _ ids: [TokenID]) throws {
        #expect(try Tokenizer.fixture("sentencepiece").encode(text, addSpecial: true, parseSpecial: true) == ids)
    }

    @Test(
        arguments: [
            ("<|im_end|>hi <|endoftext|>\n", [0, 1, 73, 74, 222, 0, 200]),
            ("a<|im_end|", [0, 66, 29, 93, 353, 64, 269, 69, 93]),
            ("<|im_end|><|im_end|> 12", [0, 1, 1, 222, 18, 19]),
        ] as [(String, [TokenID])])
    func byteLevelParsesControlTokens(_ text: String, _ ids: [TokenID]) throws {
        #expect(try Tokenizer.fixture("smollm").encode(text, addSpecial: true, parseSpecial: true) == ids)
    }

    @Test(arguments: TokenizerFixture.names)
    func plainTextNeverBecomesAControlToken(_ name: String) throws {
        let tokenizer = try Tokenizer.fixture(name)
        let text = "<s>a</s> <unk><|im_end|><|endoftext|> <0x41>"
        let ids = tokenizer.plain(text)
        #expect(!ids.contains { tokenizer.isSpecial($0) })
        #expect(tokenizer.decode(ids) == Array(text.utf8))
    }

    @Test func theLongestPieceWins() throws {
        var vocabulary = Vocabulary.letters("abcd")
        vocabulary.add("<a>", .control)
        vocabulary.add("<a><b>", .userDefined)
        vocabulary.add("<b><c>", .control)
        let tokenizer = try Tokenizer(
            model: .byteLevelBPE(preTokenizer: .gpt2, merges: []), vocabulary: vocabulary)
        func pieces(_ text: String, _ parseSpecial: Bool) -> [String] {
            tokenizer.pieces(tokenizer.encode(text, addSpecial: false, parseSpecial: parseSpecial))
        }
        #expect(pieces("c<a><b><c>d", true) == ["c", "<a><b>", "<", "c", ">", "d"])
        #expect(pieces("<a><b", true) == ["<a>", "<", "b"])
        #expect(pieces("<a><b><a>", false) == ["<a><b>", "<", "a", ">"])
    }

    @Test func aUserDefinedPieceIsNoSpellingOfAByte() throws {
        var vocabulary = Vocabulary.letters()
        vocabulary.add("é", .userDefined)
        let model = TokenizerModel.byteLevelBPE(preTokenizer: .gpt2, merges: [])
        for kind in [TokenKind.normal, .control] {
            vocabulary.kinds[0xE9] = kind
            let tokenizer = try Tokenizer(model: model, vocabulary: vocabulary)
            let ids = tokenizer.encode([0x61, 0xE9] + Array("é".utf8), addSpecial: false, parseSpecial: false)
            #expect(ids == (kind == .normal ? [0x61, 0xE9, 256] : [0x61, 256]))
        }
    }

    @Test func sentencePieceMatchesUserDefinedPiecesWithSpaces() throws {
        var fixture = try TokenizerFixture.load("sentencepiece")
        // Model files spell the space of such a piece either way.
        fixture.pieces[3] = "  x"
        fixture.pieces[4] = "\u{2581}y"
        let tokenizer = try fixture.tokenizer()
        #expect(tokenizer.plain("a  xb y").contains(3))
        #expect(tokenizer.plain("a  xb y").last == 4)
        #expect(tokenizer.decode(tokenizer.plain("a  xb y")) == Array("a  xb y".utf8))
    }

    @Test func bosAndEosAreAddedOnlyOnRequest() throws {
        var fixture = try TokenizerFixture.load("gpt-2").vocabulary
        fixture.addsEOS = true
        let tokenizer = try Tokenizer(model: .byteLevelBPE(preTokenizer: .gpt2, merges: []), vocabulary: fixture)
        #expect(tokenizer.encode("", addSpecial: true, parseSpecial: false) == [0, 1])
        #expect(tokenizer.encode("", addSpecial: false, parseSpecial: false) == [])
    }

    @Test func generationEndsAtTheKnownPieces() throws {
        let smollm = try Tokenizer.fixture("smollm")
        #expect((0..<600).filter { smollm.isEndOfGeneration($0) } == [0, 1])
        #expect(!smollm.isEndOfGeneration(-1))
        let llama = try Tokenizer.fixture("sentencepiece")
        #expect((0..<900).filter { llama.isEndOfGeneration($0) } == [2])
    }

    @Test func controlTokensAreHiddenUnlessAsked() throws {
        let tokenizer = try Tokenizer.fixture("sentencepiece")
        let ids = tokenizer.encode("hi</s>", addSpecial: true, parseSpecial: true)
        #expect(tokenizer.decode(ids) == Array("hi".utf8))
        #expect(tokenizer.decode(ids, showSpecial: true) == Array("<s>hi</s>".utf8))
        #expect(tokenizer.decode(tokenizer.plain("hi"), isContinuation: true) == Array(" hi".utf8))
        #expect(tokenizer.decode([-5, 1 << 30]) == [])
    }

    @Test func piecesAreFoundByTheirBytes() throws {
        let tokenizer = try Tokenizer.fixture("smollm")
        #expect(tokenizer.id(ofPiece: Array("<|im_end|>".utf8)) == 1)
        #expect(tokenizer.id(ofPiece: Array("no such piece".utf8)) == nil)
    }
}

extension Vocabulary {
    /// All 256 byte pieces of byte-level BPE, then some merged pieces.
    static func letters(_ merged: String...) -> Vocabulary {
        let alphabet = (UInt8.min...UInt8.max).map { ByteAlphabet.spelling(of: $0) }
        var vocabulary = Vocabulary(pieces: alphabet, kinds: alphabet.map { _ in .normal })
        for piece in merged { vocabulary.add(piece, .normal) }
        return vocabulary
    }

    /// Appends a piece; its score, where scores matter, is 0.
    mutating func add(_ piece: String, _ kind: TokenKind) {
        pieces.append(Array(piece.utf8))
        kinds.append(kind)
    }
}
