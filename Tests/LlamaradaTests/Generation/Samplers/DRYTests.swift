import Foundation
import Llamarada
import LlamaradaText
import Synchronization
import TestSupport
import Testing

@Suite struct DRYTests {
    /// llama.cpp's example: `a b c c b c y a b c` could go on with c, b or y.
    @Test func continuesWhatWasSaid() {
        let history: [TokenID] = [1, 2, 3, 3, 2, 3, 9, 1, 2, 3]
        let options = SamplingOptions.DRY(multiplier: 0.5, base: 2, allowedLength: 1)
        let penalties = DRYPenalty.penalties(history, options, SequenceBreakers())
        #expect(penalties == [3: 2, 2: 0.5, 9: 1])
    }

    @Test func breakersEndIt() {
        let options = SamplingOptions.DRY(multiplier: 1, base: 2, allowedLength: 1)
        let history: [TokenID] = [1, 2, 3, 4, 5, 1, 2, 3]
        func penalties(_ breakers: [[TokenID]]) -> [TokenID: Float] {
            DRYPenalty.penalties(history, options, SequenceBreakers(breakers))
        }
        #expect(penalties([]) == [4: 4])
        // Only 3 stands behind it; then nothing does.
        #expect(penalties([[2]]) == [4: 1] && penalties([[3]]) == [:] && penalties([[1, 2]]) == [4: 1])
        // A breaker of several tokens is all of it, and what would come next may be one.
        #expect(penalties([[2, 9]]) == [4: 4] && penalties([[4]]) == [:] && penalties([[4, 5]]) == [4: 4])
    }

    @Test func hugePenaltiesAreFinite() {
        let history = [TokenID](repeating: 7, count: 4000)
        let options = SamplingOptions.DRY(multiplier: 1, base: 3, allowedLength: 2, lastN: -1)
        #expect(DRYPenalty.penalties(history, options, SequenceBreakers()) == [7: .greatestFiniteMagnitude])
    }

    /// Random texts of few tokens, in which there is much to repeat, with breakers of one and more tokens.
    @Test func isThePlainDefinition() {
        var random = RandomSource(seed: 4)
        for round in 0..<3000 {
            let tokens = TokenID.random(in: 1...5, using: &random)
            let history = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                TokenID.random(in: 0...tokens, using: &random)
            }
            let breakers = (0..<(round % 4)).map { _ in
                (0..<Int.random(in: 1...3, using: &random)).map { _ in TokenID.random(in: 0...tokens, using: &random) }
            }
            let options = SamplingOptions.DRY(
                multiplier: 0.8, base: 1.5, allowedLength: round % 5, lastN: [-1, 64, 20, 3, 0][round / 5 % 5])
            let expected = SamplerDefinition.repetitions(history, options, breakers: breakers).mapValues {
                Float(0.8 as Float) * Float(pow(1.5, Double($0 - options.allowedLength)))
            }
            let found = DRYPenalty.penalties(history, options, SequenceBreakers(breakers))
            #expect(Set(found.keys) == Set(expected.keys), "\(history), \(breakers), \(options)")
            for (token, penalty) in found { #expect(abs(penalty / (expected[token] ?? 0) - 1) < 1e-6) }
        }
    }

    /// What a request may ask for at most takes no more encodes than its texts have bytes, whatever the vocabulary.
    @Test func manyBreakersAreFewEncodes() throws {
        let texts = (0..<64).map { "e" + String(repeating: "x", count: 36) + String(100 + $0) }
        let vocabulary = 20_000
        func bytes(_ token: TokenID) -> [UInt8] {
            Array("t\(token)".utf8) + Array("exxxxxx".utf8.prefix(Int(token) % 8))
        }
        var encodes = 0
        let breakers = SequenceBreakers(texts + texts, vocabulary: vocabulary, bytes: bytes) { rest in
            encodes += 1
            return rest.map { TokenID(vocabulary) + TokenID($0) }
        }
        // Of seven beginnings, each of 64 texts.
        #expect(encodes == 7 * 64)
        // Token 10 ends in "ex", 8 in nothing of a breaker; of a breaker's next tokens the first twenty count.
        let x = TokenID(vocabulary) + TokenID(UInt8(ascii: "x"))
        let behind = [TokenID](repeating: x, count: 20)
        #expect(breakers.lengthBehindLast(in: ([1, 0, 10] + behind + [0, 8])[...]) == 2)
        #expect(breakers.lengthBehindLast(in: ([0, 0, 8] + behind + [0, 8])[...]) == 25)
        #expect(!breakers.isBreaker(10))
    }

    /// Clients that take turns do not make each other's breakers go.
    @Test func breakersOfLateAreKept() async {
        let made = Mutex<[Set<String>]>([])
        let cache = SequenceBreakerCache { texts in
            made.withLock { $0.append(Set(texts)) }
            return SequenceBreakers([[TokenID(texts.count)]])
        }
        func ask(_ texts: [String], multiplier: Float = 1) async -> Bool {
            var options = SamplingOptions()
            options.dry = .init(multiplier: multiplier)
            options.dry.sequenceBreakers = texts
            return await cache.breakers(options).isBreaker(TokenID(Set(texts).count))
        }
        for _ in 0..<3 {
            #expect(await ask(["a", "b"]))
            #expect(await ask(["c", "c"]))
        }
        #expect(await ask(["b", "a", "b"]))
        #expect(made.withLock { $0 } == [["a", "b"], ["c"]])
        // Who needs none, or asks for too much, makes none.
        #expect(await !ask(["d"], multiplier: 0))
        #expect(await !ask((0..<65).map { "\($0)" }))
        #expect(made.withLock { $0.count } == 2)
        for index in 0..<8 { #expect(await ask(["e\(index)"])) }
        #expect(await ask(["a", "b"]))
        #expect(made.withLock { $0.count } == 11)
    }

    /// Tokens in which a breaker lies, and tokens that end in the beginning of one.
    @Test func breakersOfTexts() throws {
        let tokenizer = try Tokenizer(gguf: ModelFixture.load("f32").open())
        let text = "the license"
        let breakers = SequenceBreakers([text], tokenizer)
        let tokens = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        let word = tokenizer.encode("x the license y", addSpecial: false, parseSpecial: false)
        for sequence in [tokens, word] {
            let options = SamplingOptions.DRY(multiplier: 1, allowedLength: 1, lastN: -1)
            let repeated = sequence + [3, 4, 5] + sequence
            let free = DRYPenalty.penalties(repeated, options, SequenceBreakers())
            #expect(free.keys.contains(3))
            let broken = DRYPenalty.penalties(repeated, options, breakers)
            #expect(broken[3] ?? 0 < free[3] ?? 0, "\(sequence)")
        }
    }
}
