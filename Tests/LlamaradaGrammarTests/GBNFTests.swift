import LlamaradaGrammar
import Testing

/// Whether a text follows a grammar.
func accepts(_ grammar: Grammar, _ text: String) throws -> Bool {
    var matcher = GrammarMatcher(try PushdownAutomaton(grammar))
    return matcher.advance(text.utf8) && matcher.canEnd
}

@Suite struct GBNFTests {
    private static let cases: [(source: String, yes: [String], no: [String])] = [
        ("root ::= \"a\" | \"b\" # or\n", ["a", "b"], ["", "ab", "c"]),
        ("root ::= [a-c0-9_]+ [^a-z\\]\\n]?", ["a", "09_A", "c-", "cé"], ["", "A", "a]", "a\n", "ad"]),
        (
            "root ::= x{2} y{1,} z{0,2} w{3,3}\nx ::= \"x\"\ny ::= \"y\"\nz ::= \"z\"\nw ::= \"w\"",
            ["xxywww", "xxyyyzzwww"], ["xywww", "xxwww", "xxyzzzwww", "xxyww", "xxywwww"]
        ),
        ("root ::= \"\\x41\\u00e9\\U0001F600\\t\\n\\\\\\\"\"", ["Aé😀\t\n\\\""], ["A"]),
        ("root ::= .", ["a", "é", "😀", "\n"], ["", "ab"]),
        ("root ::= [ぁ-ん]+ [\\u4E00-\\u9FFF]?", ["あん", "あ漢"], ["ア", "漢"]),
        (
            "root ::=\n  (\n \"a\" |\n \"b\" # either\n )+\n  \r\n# end\nrest ::= root |\n  \"c\"",
            ["a", "abba"], ["c", ""]
        ),
        ("root ::= root \"+\" root | [0-9]", ["1", "1+2+3"], ["1+", "+1", "12"]),
        ("root ::= a root | \"\"\na ::= \"\" | \"x\" | a \"y\"", ["", "x", "xyy", "yxxy"], ["z"]),
        ("root ::= (\"a\"?)* b_c-1\nb_c-1 ::= \"\" | root \"b\"", ["", "aab", "aabb", "bb"], ["c", "abab"]),
        ("root ::= \"a\"?+ \"b\"", ["b", "aab"], ["a"]),
    ]

    @Test func texts() throws {
        for (source, yes, no) in Self.cases {
            let grammar = try GBNFParser.parse(source)
            for text in yes { #expect(try accepts(grammar, text), "\(source): \(text)") }
            for text in no { #expect(try !accepts(grammar, text), "\(source): \(text)") }
        }
    }

    private static let faults: [(source: String, code: GrammarError.Code, part: String)] = [
        ("", .syntax, "no rule 'root'"), ("a ::= \"b\"", .syntax, "no rule 'root'"),
        ("root ::= x", .syntax, "rule 'x' is referred to and not defined"),
        ("root ::= \"a\"\nroot ::= \"b\"", .syntax, "line 2: rule 'root' is defined twice"),
        ("root = \"a\"", .syntax, "line 1"), ("root ::= \"a", .syntax, "'\"'"), ("root ::= [a", .syntax, "']'"),
        ("root ::= (\"a\"", .syntax, "')'"), ("root ::= \"\\q\"", .syntax, "an escape"),
        ("root ::= \"\\uD800\"", .syntax, "Unicode scalar"), ("root ::= [z-a]", .syntax, "in order"),
        ("root ::= \"a\"{2,1}", .syntax, "fewer"), ("root ::= \"a\"{,2}", .syntax, "a number"),
        ("root ::= \"a\" )", .syntax, "the end of the rule"), ("\n\nroot ::= *", .syntax, "line 3"),
        ("root ::= <think> .*", .unsupported, "tokens"), ("root ::= !<[7]>", .unsupported, "tokens"),
        ("root ::= \"a\"{1,1000000}", .tooLarge, "1000000"),
        ("root ::= \"a\"{1,99999999999999999999}", .tooLarge, "repetition"),
        ("root ::= ((\"ab\"{1,900}){1,900}){1,900}", .tooLarge, "states"),
        ("root ::= " + String(repeating: "(", count: 100_000), .tooLarge, "groups"),
        ("root ::= \"a\" root", .unsatisfiable, "'root' never ends"),
        ("root ::= root", .unsatisfiable, "'root' never ends"), ("root ::= []", .unsatisfiable, "never ends"),
        ("root ::= (\"a\" | \"b\")* \"a\" (\"a\" | \"b\"){40}", .tooLarge, "states"),
        (String(repeating: "#", count: 2 << 20), .tooLarge, "bytes"),
    ]

    /// Everything that is wrong is said in one line, soon.
    @Test func faultsAreNamed() throws {
        for (source, code, part) in Self.faults {
            let start = ContinuousClock.now
            let error = try #require(throws: GrammarError.self) {
                _ = try PushdownAutomaton(GBNFParser.parse(source))
            }
            #expect(error.code == code && error.problem.contains(part), "\(source.prefix(60)): \(error)")
            #expect(!error.description.contains("\n"))
            #expect(ContinuousClock.now - start < .seconds(1), "\(source.prefix(60))")
        }
    }

    /// Rules in a long row, and many of them, take no stack.
    @Test func longRowsOfRules() throws {
        let rules = (0..<15_000).map { "r\($0) ::= \"a\" r\($0 + 1) | \"b\"\n" }.joined()
        let grammar = try GBNFParser.parse("root ::= r0\n" + rules + "r15000 ::= \"\"")
        #expect(try accepts(grammar, String(repeating: "a", count: 14_999) + "b"))
        #expect(try !accepts(grammar, "c"))
    }

    /// Texts that can be read in very many ways cost no more than their length allows.
    @Test func ambiguityIsBounded() throws {
        let automaton = try PushdownAutomaton(GBNFParser.parse("root ::= root root | root root root | \"a\" | \"\""))
        var matcher = GrammarMatcher(automaton)
        let start = ContinuousClock.now
        for _ in 0..<200 {
            let isTaken = matcher.advance(UInt8(ascii: "a"))
            #expect(isTaken && matcher.canEnd)
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// Recursion on the right takes no more room as a text grows.
    @Test func recursionOnTheRightIsALoop() throws {
        let automaton = try PushdownAutomaton(
            GBNFParser.parse("root ::= item rest\nrest ::= \",\" item rest | \"\"\nitem ::= [a-z]* \"!\""))
        var matcher = GrammarMatcher(automaton)
        let start = ContinuousClock.now
        for _ in 0..<100_000 {
            let isTaken = matcher.advance("ab!,".utf8)
            try #require(isTaken)
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
