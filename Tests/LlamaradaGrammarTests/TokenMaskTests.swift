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
                let found = Self.tokens(try masks.mask(matcher))
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
        #expect(try free.mask(GrammarMatcher(free.automaton)) == [0b10])
        var grammar = Grammar()
        grammar.root = try grammar.declare("root")
        grammar.define(grammar.root, try grammar.token(Array("<s>".utf8)))
        let marked = TokenMasks(try PushdownAutomaton(grammar), vocabulary)
        #expect(try marked.mask(GrammarMatcher(marked.automaton)) == [0b01])
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
            let (own, others) = (try small.mask(matcher), try large.mask(matcher))
            #expect(own == others)
            let isTaken = matcher.advance(byte)
            #expect(isTaken)
        }
        #expect(small.misses > large.misses)
        #expect(small.byteCount <= 100 && large.byteCount > 100)
    }

    /// Tokens of one to three letters, and of digits.
    private static let letters: TokenVocabulary = {
        let letters = (UInt8(ascii: "a")...UInt8(ascii: "z")).map { [$0] }
        let pairs = letters.flatMap { one in letters.map { one + $0 } }
        let texts = letters + pairs + pairs.flatMap { one in letters.map { one + $0 } }
        return TokenVocabulary(texts + (0...9).map { Array("\($0)".utf8) }, endTokens: [])
    }()

    /// With the settings that the engine has: a text in hundreds of states at once fails instead of holding it up.
    @Test func masksOfManyStatesAreRefused() throws {
        let items = (0..<500).map { "a\($0)" }.joined(separator: " | ")
        let rules = (0..<500).map { "a\($0) ::= [a-z] a\($0) | \"\($0)\"" }.joined(separator: "\n")
        let automaton = try PushdownAutomaton(GBNFParser.parse("root ::= " + items + "\n" + rules))
        let masks = TokenMasks(automaton, Self.letters, mostBytes: 16 << 20)
        var matcher = GrammarMatcher(automaton)
        let isTaken = matcher.advance("q".utf8)
        #expect(isTaken && !matcher.isOverwhelmed)
        let start = ContinuousClock.now
        #expect(throws: TokenMasks.TooMuchWork.self) { _ = try masks.mask(matcher) }
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    /// What is there costs little; what is not costs what it takes, and no more than is allowed.
    @Test func workIsCounted() throws {
        let automaton = try PushdownAutomaton(GBNFParser.parse("root ::= word (\"1\" word)*\nword ::= [a-z]+ \"0\"?"))
        let masks = TokenMasks(automaton, Self.letters)
        let matcher = GrammarMatcher(automaton)
        var work = 100
        #expect(throws: TokenMasks.TooMuchWork.self) { _ = try masks.mask(matcher, work: &work) }
        work = 1_000_000
        _ = try masks.mask(matcher, work: &work)
        #expect(work < 1_000_000 - Self.letters.nodeCount / 2)
        work = 10_000
        _ = try masks.mask(matcher, work: &work)
        #expect(work > 5_000)
    }
}

extension Choices: RandomNumberGenerator {
    mutating func next() -> UInt64 { UInt64(below(1 << 30)) << 34 | UInt64(below(1 << 30)) << 4 }
}
