import LlamaradaErrors
import LlamaradaTensors
import LlamaradaText
import Testing

@Suite struct TokenizerModelTests {
    @Test(arguments: TokenizerModelFixture.names) func encodesLikeTheLibraryOfTheFormat(_ name: String) throws {
        let fixture = try TokenizerModelFixture.load(name)
        let file = try TokenizerModelFile(MemorySource(TokenizerModelFixture.bytes(name)), vocabularySize: nil)
        let tokenizer = try TokenizerModelFixture.tokenizer(file.metadata)
        #expect(tokenizer.vocabulary.count == file.count && tokenizer.vocabulary.addsBOS)
        #expect(fixture.texts.count >= 12 && fixture.ids.count == fixture.texts.count)
        for (text, ids) in zip(fixture.texts, fixture.ids) {
            #expect(tokenizer.encode(text, addSpecial: false, parseSpecial: false) == ids, "\(name): \(text)")
            #expect(tokenizer.decode(ids) == Array(text.replacing("▁", with: name == "tiktoken" ? "▁" : " ").utf8))
        }
        if let special = fixture.special {
            #expect(tokenizer.encode(special, addSpecial: false, parseSpecial: true) == fixture.specialIDs)
        }
    }

    @Test func specialTokensOfSentencePiece() throws {
        let file = try SentencePieceTokenizer(MemorySource(TokenizerModelFixture.bytes("f32")), vocabularySize: nil)
        let vocabulary = try TokenizerModelFixture.tokenizer(file.metadata).vocabulary
        #expect(vocabulary.unknown == 0 && vocabulary.bos == 1 && vocabulary.eos == 2 && vocabulary.padding == nil)
        #expect(vocabulary.addsSpacePrefix && !vocabulary.addsEOS)
        let gemma = try SentencePieceTokenizer(
            MemorySource(TokenizerModelFixture.bytes("gemma3-f32")), vocabularySize: nil)
        #expect(try TokenizerModelFixture.tokenizer(gemma.metadata).vocabulary.addsSpacePrefix == false)
    }

    @Test func specialTokensOfTiktoken() throws {
        let bytes = try TokenizerModelFixture.bytes("tiktoken")
        let file = try TiktokenTokenizer(MemorySource(bytes), vocabularySize: nil)
        let vocabulary = try TokenizerModelFixture.tokenizer(file.metadata).vocabulary
        let own = bytes.count { $0 == UInt8(ascii: "\n") }
        #expect(file.count == own + 256 && vocabulary.kinds[own...].allSatisfy { $0 == .control })
        #expect(vocabulary.bos == TokenID(own) && vocabulary.eos == TokenID(own + 1))
        #expect(vocabulary.endOfTurn == TokenID(own + 9) && vocabulary.addsBOS && !vocabulary.addsEOS)
        #expect(vocabulary.pieces.last == Array("<|reserved_special_token_246|>".utf8))
    }

    @Test(arguments: TokenizerModelFixture.names) func tokensThatTheFileLacksAreUnused(_ name: String) throws {
        let fixture = try TokenizerModelFixture.load(name)
        let source = MemorySource(try TokenizerModelFixture.bytes(name))
        let count = try TokenizerModelFile(source, vocabularySize: nil).count
        let file = try TokenizerModelFile(source, vocabularySize: count + 3)
        let tokenizer = try TokenizerModelFixture.tokenizer(file.metadata)
        #expect(file.count == count && tokenizer.vocabulary.count == count + 3)
        #expect(tokenizer.vocabulary.pieces.last == Array("[PAD\(count + 2)]".utf8))
        #expect(tokenizer.vocabulary.kinds.suffix(3) == [.unused, .unused, .unused])
        for (text, ids) in zip(fixture.texts, fixture.ids) {
            #expect(tokenizer.encode(text, addSpecial: false, parseSpecial: false) == ids, "\(name): \(text)")
        }
        for size in [count - 1, 0, -1, 1 << 40] {
            #expect(throws: CheckpointError.self) { try TokenizerModelFile(source, vocabularySize: size) }
        }
    }

    private typealias Change = @Sendable (inout TinySentencePiece) -> Void

    private static let changes: [(Change, String)] = [
        ({ $0.trainer = [] }, "expected BPE, found unigram"),
        ({ $0.trainer = RawMessage.field(3, 4) }, "expected BPE, found characters"),
        ({ $0.trainer = RawMessage.field(3, 9) }, "expected BPE, found 9"),
        ({ $0.trainer += RawMessage.field(24, 1) }, "'treat_whitespace_as_suffix'"),
        ({ $0.trainer += RawMessage.field(41, 4) }, "'bos_id': expected an id below 4, found 4"),
        ({ $0.trainer += RawMessage.field(43, Int(Int32.max)) }, "'pad_id'"),
        ({ $0.normalizer = [] }, "'remove_extra_whitespaces'"),
        ({ $0.normalizer += RawMessage.field(5, 0) }, "'escape_whitespaces'"),
        (
            { $0.normalizer += RawMessage.field(1, Array("nmt_nfkc".utf8)) + RawMessage.field(2, [1]) },
            "found 'nmt_nfkc'"
        ),
        ({ $0.pieces = [] }, "expected 1 to 0 pieces, found 0"),
        ({ $0.pieces[3] = TinySentencePiece.piece("a", 0, 7) }, "piece 3: expected a type from 1 to 6, found 7"),
        ({ $0.pieces[3] = TinySentencePiece.piece("<0x00>", 0, 6) }, "'byte_fallback' is false"),
        ({ $0.pieces[3] = TinySentencePiece.piece("", 0, 1) }, "a text that no other piece has"),
        ({ $0.pieces[3] = TinySentencePiece.piece("<s>", 0, 1) }, "a text that no other piece has"),
        ({ $0.pieces[3] = TinySentencePiece.piece("a", .nan, 1) }, "a finite score"),
        ({ $0.pieces[3] = RawMessage.field(1, [0xFF]) }, "expected a model of SentencePiece"),
        ({ $0.pieces[3] = RawMessage.field(9, [1]) + [0x4B] }, "expected a model of SentencePiece"),
    ]

    @Test(arguments: changes.indices) func sentencePieceIsChecked(_ index: Int) throws {
        var model = TinySentencePiece()
        #expect(try SentencePieceTokenizer(MemorySource(model.bytes), vocabularySize: nil).count == 4)
        let (change, problem) = Self.changes[index]
        change(&model)
        Self.expectRefusal(model.bytes, problem)
    }

    /// Two bytes a piece: far more than the largest vocabulary, refused before any is made.
    @Test func piecesAreCountedBeforeTheyAreMade() {
        let bytes = [[UInt8]](repeating: [0x0A, 0x00], count: 3 << 20).flatMap { $0 }
        Self.expectRefusal(bytes, "expected at most 2097152 pieces, found 3145728")
        let large = MemorySource([0x0A], byteCount: 1 << 40)
        #expect(throws: CheckpointError.self) { try TokenizerModelFile(large, vocabularySize: nil) }
        #expect(throws: CheckpointError.self) { try TokenizerModelFile(FailingSource(), vocabularySize: nil) }
        #expect(throws: CheckpointError.self) { try TokenizerModelFile(MemorySource([]), vocabularySize: nil) }
    }

    @Test(arguments: [
        ("AAA= 0\n", "", "line 1: expected 1 to 256 bytes"), ("AA== 0\n", "AA== 0 0\n", "line 1"),
        ("AA== 0\n", "AA==\n", "line 1"), ("AA== 0\n", "A=== 0\n", "line 1"), ("AA== 0\n", "A*== 0\n", "line 1"),
        ("AA== 0\n", "AA== -1\n", "line 1"), ("AA== 0\n", "AA== 99999999999999999999\n", "line 1"),
        ("AA== 0\n", "AA== 1\n", "every rank from 0 on once"), ("AA== 0\n", "AA== 256\n", "every rank from 0 on"),
        ("AA== 0\n", "AQ== 0\n", "all 256 bytes"), ("AA== 0\n", "YWI= 0\n", "all 256 bytes"),
        ("AA== 0\n", "\(String(repeating: "AAAA", count: 86)) 0\n", "line 1: expected 1 to 256 bytes"),
    ])
    func tiktokenIsChecked(_ line: String, _ change: String, _ problem: String) throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var lines = (0..<256).map { "\(alphabet[$0 >> 2])\(alphabet[($0 & 3) << 4])== \($0)\n" }
        #expect(lines[0] == "AA== 0\n")
        let whole = MemorySource(Array(lines.joined().utf8))
        #expect(try TiktokenTokenizer(whole, vocabularySize: nil).count == 512)
        lines[0] = change.isEmpty ? " 0\n" : change
        let source = MemorySource(Array(lines.joined().utf8))
        #expect { try TiktokenTokenizer(source, vocabularySize: nil) } throws: { "\($0)".contains(problem) }
    }

    /// As Llama 4's has.
    @Test func moreTokensThanLlama3HasAreRefused() throws {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        for rank in 0...128_000 {
            // One byte, then two, then three.
            let count = rank < 256 ? 1 : rank < 65_792 ? 2 : 3
            let number = (count == 3 ? 7 << 16 | rank & 0xFFFF : rank & 0xFFFF) << (8 * (3 - count))
            for place in 0..<4 {
                bytes.append(place > count ? UInt8(ascii: "=") : alphabet[number >> (18 - 6 * place) & 63])
            }
            bytes += Array(" \(rank)\n".utf8)
        }
        let source = MemorySource(bytes)
        #expect { try TokenizerModelFile(source, vocabularySize: nil) } throws: {
            ($0 as? CheckpointError)?.code == .unsupported && "\($0)".contains("found 128001")
        }
    }

    /// Every cut, and some thousand files with a few changed bytes: each is read or refused with one line.
    @Test(.timeLimit(.minutes(1)), arguments: TokenizerModelFixture.names)
    func damageNeitherCrashesNorHangs(_ name: String) throws {
        let bytes = try TokenizerModelFixture.bytes(name)
        var accepted = 0
        func read(_ bytes: [UInt8], _ context: String) {
            do throws(CheckpointError) {
                _ = try TokenizerModelFile(MemorySource(bytes), vocabularySize: nil)
                accepted += 1
            } catch {
                #expect(error.code != .io && !error.description.contains("\n"), "\(context): \(error)")
            }
        }
        for length in bytes.indices { read(Array(bytes.prefix(length)), "\(length) bytes") }
        accepted = 0
        var random = SplitMix(seed: 20_29)
        for round in 0..<2_000 {
            var damaged = bytes
            for _ in 0...Int.random(in: 0..<3, using: &random) { damaged.mutate(using: &random) }
            read(damaged, "round \(round)")
        }
        // Both outcomes must have been seen, or the mutations prove nothing.
        #expect((10..<1_990).contains(accepted), "\(accepted) accepted")
    }

    private static func expectRefusal(_ bytes: [UInt8], _ problem: String) {
        #expect { try SentencePieceTokenizer(MemorySource(bytes), vocabularySize: nil) } throws: { error in
            let text = "\(error)"
            return error is CheckpointError && text.contains(problem) && !text.contains("\n")
        }
    }
}
