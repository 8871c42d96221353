import LlamaradaGrammar

/// Reproducible choices.
struct Choices {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}

/// A grammar as a source in GBNF and as plain lists, of the same random choices: rules that refer to each other and to
/// themselves on any side, empty ones, groups, classes and repetition.
struct RandomGrammar {
    private(set) var source = ""
    private(set) var plain: PlainGrammar
    private var choices: Choices
    private let ruleCount: Int

    /// Texts of one and two bytes a character.
    static let characters = ["a", "b", "c", "é", "è", "1"]

    init(seed: UInt64) {
        choices = Choices(seed: seed)
        ruleCount = 1 + choices.below(5)
        plain = PlainGrammar(rules: Array(repeating: [], count: ruleCount))
        for rule in 0..<ruleCount {
            let (text, alternatives) = alternatives(depth: 0)
            source += (rule == 0 ? "root" : "rule-\(rule)") + " ::= " + text + "\n"
            plain.rules[rule] = alternatives
        }
    }

    private mutating func alternatives(depth: Int) -> (String, [[PlainGrammar.Symbol]]) {
        var texts: [String] = []
        var lists: [[PlainGrammar.Symbol]] = []
        for _ in 0...choices.below(3) {
            var (text, list) = ("", [PlainGrammar.Symbol]())
            for _ in 0..<choices.below(4) {
                let (part, symbols) = element(depth: depth)
                text += " " + part
                list += symbols
            }
            // An alternative that is empty is written as an empty literal.
            texts.append(text.isEmpty ? "\"\"" : text)
            lists.append(list)
        }
        return (texts.joined(separator: " |"), lists)
    }

    private mutating func element(depth: Int) -> (String, [PlainGrammar.Symbol]) {
        let (text, symbols) = atom(depth: depth)
        switch choices.below(7) {
        case 0: return (text + "?", [helper([[], symbols])])
        case 1:
            let many = helper([[], []])
            if case .rule(let rule) = many { plain.rules[rule] = [[], symbols + [many]] }
            return (text + "*", [many])
        case 2:
            let least = choices.below(2)
            let most = least + choices.below(3)
            let lists = (least...most).map { count in (0..<count).flatMap { _ in symbols } }
            return (text + "{\(least),\(most)}", [helper(lists)])
        default: return (text, symbols)
        }
    }

    private mutating func helper(_ alternatives: [[PlainGrammar.Symbol]]) -> PlainGrammar.Symbol {
        plain.rules.append(alternatives)
        return .rule(plain.rules.count - 1)
    }

    private mutating func atom(depth: Int) -> (String, [PlainGrammar.Symbol]) {
        switch choices.below(depth < 2 ? 6 : 5) {
        case 0, 1:
            let rule = choices.below(ruleCount)
            return (rule == 0 ? "root" : "rule-\(rule)", [.rule(rule)])
        case 2:
            let first = Self.characters[choices.below(Self.characters.count)]
            let last = Self.characters[choices.below(Self.characters.count)]
            return ("[\(first)\(last)]", [helper([Self.bytes(first), Self.bytes(last)])])
        case 3, 4:
            let text = (0...choices.below(2)).map { _ in Self.characters[choices.below(Self.characters.count)] }
                .joined()
            return ("\"\(text)\"", Self.bytes(text))
        default:
            let (text, lists) = alternatives(depth: depth + 1)
            return ("(\(text))", [helper(lists)])
        }
    }

    private static func bytes(_ text: String) -> [PlainGrammar.Symbol] { text.utf8.map { .byte($0) } }

    /// Tokens of up to four bytes, of which some are no whole characters and some are alike.
    static func tokens(seed: UInt64) -> [[UInt8]] {
        var choices = Choices(seed: seed)
        let bytes = Array("abc1é".utf8) + Array("è".utf8)
        return bytes.map { [$0] } + [[], Array("a".utf8)]
            + (0..<40).map { _ in (0...choices.below(4)).map { _ in bytes[choices.below(bytes.count)] } }
    }
}
