import LlamaradaText
import Testing

/// Vocabularies that contradict themselves: an error of one line, or harmless.
struct HostileVocabularyTests {
    private static func message(_ model: TokenizerModel, _ vocabulary: Vocabulary) -> String? {
        do throws(TextError) {
            _ = try Tokenizer(model: model, vocabulary: vocabulary)
            return nil
        } catch {
            #expect(error.code == .invalidVocabulary && !error.problem.contains("\n"))
            return error.problem
        }
    }

    private static func bytesOnly(_ merges: [[UInt8]] = []) -> TokenizerModel {
        .byteLevelBPE(preTokenizer: .gpt2, merges: merges)
    }

    @Test func listsMustAgree() throws {
        #expect(Self.message(Self.bytesOnly(), Vocabulary(pieces: [], kinds: [])) == "the vocabulary is empty")
        var vocabulary = Vocabulary.letters()
        vocabulary.kinds.removeLast()
        #expect(Self.message(Self.bytesOnly(), vocabulary) == "the vocabulary has 256 pieces but 255 token types")
        var llama = try TokenizerFixture.load("sentencepiece").vocabulary
        llama.scores.removeLast()
        #expect(Self.message(.sentencePiece, llama) == "the vocabulary has 900 pieces but 899 scores")
    }

    @Test func idsMustBeInside() {
        for (name, path) in [
            ("BOS", \Vocabulary.bos), ("EOS", \.eos), ("unknown", \.unknown), ("end-of-turn", \.endOfTurn),
        ] {
            for id: TokenID in [-1, 256, .max, .min] {
                var vocabulary = Vocabulary.letters()
                vocabulary[keyPath: path] = id
                let expected = "the \(name) token id \(id) is outside the vocabulary of 256 pieces"
                #expect(Self.message(Self.bytesOnly(), vocabulary) == expected)
            }
        }
    }

    @Test func mergesMustNamePieces() {
        let vocabulary = Vocabulary.letters("ab")
        func message(_ merge: String) -> String? { Self.message(Self.bytesOnly([Array(merge.utf8)]), vocabulary) }
        #expect(message("a b") == nil)
        #expect(message("a c") == "merge 0 ('a c') needs the piece 'ac', which the vocabulary does not have")
        for broken in ["", " ", "a", "a ", "ab", " b", "  "] {
            #expect(message(broken)?.hasSuffix("is not two pieces") == true, "\(broken)")
        }
        #expect(Self.message(Self.bytesOnly([[0x61, 0x20, 0xFF, 0x0A]]), vocabulary)?.contains("\\xff\\x0a") == true)
    }

    @Test func bytePiecesAreTwoDigits() throws {
        for piece in ["<0x1>", "<0x+1>", "<0x 1>", "<0x001>", "<0xG0>", "0x41", "", "<0x41", "<0x４>"] {
            var llama = try TokenizerFixture.load("sentencepiece").vocabulary
            llama.pieces[20] = Array(piece.utf8)
            #expect(Self.message(.sentencePiece, llama)?.contains("expected '<0xNN>'") == true, "\(piece)")
        }
    }

    @Test func everyByteNeedsAToken() throws {
        var llama = try TokenizerFixture.load("sentencepiece").vocabulary
        llama.kinds[20] = .normal
        #expect(Self.message(.sentencePiece, llama) == nil)
        llama.unknown = nil
        #expect(Self.message(.sentencePiece, llama)?.contains("256 byte tokens") == true)
    }

    @Test func endlessPiecesAreRefused() {
        var vocabulary = Vocabulary.letters()
        vocabulary.add(String(repeating: "a", count: 4096), .control)
        #expect(Self.message(Self.bytesOnly(), vocabulary) == nil)
        vocabulary.add(String(repeating: "a", count: 4097), .normal)
        #expect(Self.message(Self.bytesOnly(), vocabulary)?.contains("has 4097 bytes; at most 4096") == true)
        var many = Vocabulary.letters()
        for number in 0..<4200 { many.add("\(number)" + String(repeating: "a", count: 4090), .userDefined) }
        #expect(Self.message(Self.bytesOnly(), many)?.contains("at most 16777216 are allowed") == true)
    }

    @Test func missingBytePiecesAreUnknownOrDropped() throws {
        var vocabulary = Vocabulary.letters("ab")
        vocabulary.kinds[Int(UInt8(ascii: "x"))] = .control
        vocabulary.add("<unk>", .unknown)
        let model = Self.bytesOnly([Array("a b".utf8)])
        #expect(try Tokenizer(model: model, vocabulary: vocabulary).plain("axab") == [97, 256])
        vocabulary.unknown = 257
        #expect(try Tokenizer(model: model, vocabulary: vocabulary).plain("axab") == [97, 257, 256])
        vocabulary.kinds[257] = .control
        #expect(try Tokenizer(model: model, vocabulary: vocabulary).plain("axab") == [97, 256])
    }

    @Test func ofEqualPiecesTheLastIsUsed() throws {
        var vocabulary = Vocabulary.letters("ab", "ab")
        vocabulary.add("ab", .control)
        vocabulary.add("", .normal)
        let merges = [Array("a b".utf8), Array("a b".utf8)]
        let tokenizer = try Tokenizer(model: Self.bytesOnly(merges), vocabulary: vocabulary)
        #expect(tokenizer.plain("ab") == [257])
        #expect(tokenizer.decode([256, 257, 258, 259]) == Array("abab".utf8))
    }

    @Test func mergesThatMakeControlTokensAreIgnored() throws {
        var vocabulary = Vocabulary.letters()
        vocabulary.add("ab", .control)
        let tokenizer = try Tokenizer(model: Self.bytesOnly([Array("a b".utf8)]), vocabulary: vocabulary)
        #expect(tokenizer.plain("ab") == [97, 98])
    }

    /// A user-defined piece reads as it stands; bytes whose spelling it equals must not become it. Found by fuzzing.
    @Test(arguments: PreTokenizer.allCases)
    func mergesThatMakeAnotherTextAreIgnored(_ preTokenizer: PreTokenizer) throws {
        var vocabulary = Vocabulary.letters("ab")
        vocabulary.add("\u{120}a", .userDefined)
        let merges = ["\u{120} a", "a b"].map { Array($0.utf8) }
        let tokenizer = try Tokenizer(
            model: .byteLevelBPE(preTokenizer: preTokenizer, merges: merges), vocabulary: vocabulary)
        for text in [" a", " ab", "\u{120}a", " a\u{120}ab"] {
            #expect(tokenizer.decode(tokenizer.plain(text)) == Array(text.utf8))
        }
        #expect(tokenizer.plain("\u{120}a") == [257])
    }

    @Test(arguments: [[0xE2], [0xE2, 0x96], [0x61, 0x20, 0xE2]] as [[UInt8]])
    func piecesThatCutASpaceAreIgnored(_ piece: [UInt8]) throws {
        var llama = try TokenizerFixture.load("sentencepiece").vocabulary
        llama.pieces.append(piece)
        llama.kinds.append(.userDefined)
        llama.scores.append(0)
        let tokenizer = try Tokenizer(model: .sentencePiece, vocabulary: llama)
        for text in [Array("a  b a".utf8), piece + [0x20] + piece] {
            #expect(tokenizer.decode(tokenizer.encode(text, addSpecial: false, parseSpecial: false)) == text)
        }
    }

    @Test func strangeScoresOnlyChangeTheOrder() throws {
        var llama = try TokenizerFixture.load("sentencepiece").vocabulary
        let strange: [Float] = [.nan, .infinity, -.infinity, -0.0, 0, .greatestFiniteMagnitude, -.nan]
        for index in llama.scores.indices { llama.scores[index] = strange[index % strange.count] }
        let tokenizer = try Tokenizer(model: .sentencePiece, vocabulary: llama)
        let text = "the license of the software, with    spaces"
        #expect(tokenizer.decode(tokenizer.plain(text)) == Array(text.utf8))
    }

    @Test func randomVocabulariesNeverTrap() {
        var random = SeededGenerator(state: 5)
        let alphabet: [UInt8] = Array("ab <>0x1|".utf8) + [0xE2, 0x96, 0x81, 0xC4, 0xA0, 0xFF]
        func piece() -> [UInt8] {
            (0..<Int.random(in: 0...5, using: &random)).compactMap { _ in alphabet.randomElement(using: &random) }
        }
        for _ in 0..<2000 {
            let count = Int.random(in: 0...40, using: &random)
            let unknown = Bool.random(using: &random) ? 0 : TokenID.random(in: -2...40, using: &random)
            let vocabulary = Vocabulary(
                pieces: (0..<count).map { _ in piece() },
                scores: (0..<count).map { _ in Float(bitPattern: .random(in: 0...UInt32.max, using: &random)) },
                kinds: (0..<count).map { _ in
                    [.normal, .unused, .userDefined, .control].randomElement(using: &random) ?? .normal
                },
                unknown: unknown, addsSpacePrefix: Bool.random(using: &random))
            let merges = (0..<Int.random(in: 0...3, using: &random)).map { _ in piece() + [0x20] + piece() }
            for model in [.sentencePiece, .byteLevelBPE(preTokenizer: .llama3, merges: merges)] as [TokenizerModel] {
                guard let tokenizer = try? Tokenizer(model: model, vocabulary: vocabulary) else { continue }
                for parseSpecial in [true, false] {
                    let text = (0..<8).flatMap { _ in piece() }
                    let ids = tokenizer.encode(text, addSpecial: true, parseSpecial: parseSpecial)
                    #expect(ids.allSatisfy { vocabulary.contains($0) })
                    _ = tokenizer.decode(ids)
                }
            }
        }
    }

    @Test func unknownPreTokenizersAreNamed() {
        #expect(
            throws: TextError(
                .unsupported,
                "unknown pre-tokenizer 'deepseek'; this build knows default, gpt-2, smollm, llama-bpe, qwen2")
        ) {
            try PreTokenizer(named: "deepseek")
        }
        #expect((try? PreTokenizer(named: "llama3")) == .llama3)
    }
}
