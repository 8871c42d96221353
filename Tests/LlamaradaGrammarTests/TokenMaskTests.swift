import LlamaradaGrammar
import Testing

/// What masks allow is what the plain recogniser allows, token by token.
@Suite struct TokenMaskTests {
    /// Tokens of a mask.
    private static func tokens(_ mask: [UInt32]) -> Set<Int32> {
        Set((0..<Int32(32 * mask.count)).filter { mask[Int($0) / 32] >> UInt32($0 % 32) & 1 == 1 })
    }

    /// Texts that were compared, over all seeds of a run: grammars without any text are none.
    @Test(arguments: 0..<10) func agreesWithAPlainRecogniser(_ group: Int) throws {
        var compared = 0
        for seed in UInt64(group * 30)..<UInt64(group * 30 + 30) {
            let random = RandomGrammar(seed: seed)
            let texts = RandomGrammar.tokens(seed: seed)
            let end = Int32(texts.count)
            let vocabulary = TokenVocabulary(texts + [Array("a".utf8)], endTokens: [end])
            let automaton: PushdownAutomaton
            do {
                automaton = try PushdownAutomaton(GBNFParser.parse(random.source))
            } catch {
                #expect(error.code == .unsatisfiable, "\(random.source): \(error)")
                #expect(!PlainRecogniser(random.plain).isPrefix, "\(random.source)")
                continue
            }
            let masks = TokenMasks(automaton, vocabulary)
            if seed % 2 == 0 { masks.prepare(for: .seconds(1)) }
            var matcher = GrammarMatcher(automaton)
            var choices = Choices(seed: seed)
            var plain = PlainRecogniser(random.plain)
            var text: [UInt8] = []
            for _ in 0..<5 {
                var expected = Set<Int32>()
                if plain.isWhole { expected.insert(end) }
                for (token, bytes) in texts.enumerated() where !bytes.isEmpty && plain.reading(bytes).isPrefix {
                    expected.insert(Int32(token))
                }
                let found = Self.tokens(masks.mask(matcher))
                #expect(
                    found == expected,
                    "seed \(seed)\n\(random.source)behind \(text): \(found.symmetricDifference(expected).sorted())")
                compared += 1
                #expect(!matcher.isComplete || found.subtracting([end]).isEmpty)
                guard let next = found.subtracting([end]).sorted().randomElement(using: &choices) else { break }
                let isTaken = matcher.advance(texts[Int(next)])
                #expect(isTaken)
                text += texts[Int(next)]
                plain = plain.reading(texts[Int(next)])
            }
        }
        #expect(compared > 30)
    }

    @Test func goingBackForgets() throws {
        let automaton = try PushdownAutomaton(
            GBNFParser.parse("root ::= \"(\" root \")\" | [a-c]+ | root \"+\" root"))
        var matcher = GrammarMatcher(automaton)
        var isTaken = matcher.advance("((a+b".utf8)
        #expect(isTaken)
        let (before, count) = (matcher, matcher.count)
        isTaken = matcher.advance(")+(c))".utf8)
        #expect(isTaken && matcher.canEnd)
        isTaken = matcher.advance("a+)".utf8)
        #expect(!isTaken)
        matcher.rewind(to: count)
        #expect(matcher.count == 5 && !matcher.canEnd)
        var copy = before
        for text in [")+(c))", "+a))"] {
            let (own, others) = (matcher.advance(text.utf8), copy.advance(text.utf8))
            #expect(own == others)
            #expect(matcher.canEnd == copy.canEnd)
            matcher.rewind(to: count)
            copy.rewind(to: count)
        }
        #expect(!before.canEnd)
    }

    /// Control tokens are asked for by their marks alone: no class of characters holds them.
    @Test func controlTokensAreNoText() throws {
        let texts = [Grammar.mark(ofToken: Array("<s>".utf8)), Array("<s>".utf8)]
        let vocabulary = TokenVocabulary(texts, endTokens: [])
        let free = TokenMasks(try PushdownAutomaton(GBNFParser.parse("root ::= .*")), vocabulary)
        #expect(free.mask(GrammarMatcher(free.automaton)) == [0b10])
        var grammar = Grammar()
        grammar.root = try grammar.declare("root")
        grammar.define(grammar.root, try grammar.token(Array("<s>".utf8)))
        let marked = TokenMasks(try PushdownAutomaton(grammar), vocabulary)
        #expect(marked.mask(GrammarMatcher(marked.automaton)) == [0b01])
    }

    /// Parts that are thrown away are made again.
    @Test func littleMemoryGivesTheSame() throws {
        let texts = (0..<2000).map { Array(String($0, radix: 3).utf8) }
        let vocabulary = TokenVocabulary(texts, endTokens: [])
        let automaton = try PushdownAutomaton(
            GBNFParser.parse("root ::= pair+\npair ::= \"1\" [0-2]{0,3} \"2\" tail\ntail ::= \"0\"? \"1\" | \"\""))
        let (small, large) = (TokenMasks(automaton, vocabulary, mostBytes: 100), TokenMasks(automaton, vocabulary))
        large.prepare(for: .seconds(5))
        var matcher = GrammarMatcher(automaton)
        for byte in "11021201121".utf8 {
            #expect(small.mask(matcher) == large.mask(matcher))
            let isTaken = matcher.advance(byte)
            #expect(isTaken)
        }
        #expect(small.misses > large.misses)
    }
}

extension Choices: RandomNumberGenerator {
    mutating func next() -> UInt64 { UInt64(below(1 << 30)) << 34 | UInt64(below(1 << 30)) << 4 }
}
