/// Reads a grammar in GBNF, llama.cpp's notation: rules `name ::= …` of literals, character classes, `.`, names, groups,
/// alternatives and repetition, with comments behind `#`; a text begins with the rule `root`.
///
/// A group, an alternative and the line behind `::=` may go on on the next line. Literals and classes are of Unicode
/// scalars. Tokens (`<think>`, `<[12]>`, `!<…>`) are refused.
package struct GBNFParser {
    private let bytes: [UInt8]
    private var position = 0
    private var grammar: Grammar
    private var rules: [String: Grammar.RuleID] = [:]
    private var defined: Set<String> = []

    /// The grammar that a source says.
    ///
    /// - Throws: `GrammarError` with the line and what was expected there.
    package static func parse(_ source: String, limits: GrammarLimits = .init()) throws(GrammarError) -> Grammar {
        var parser = GBNFParser(Array(source.utf8), limits)
        return try parser.parse()
    }

    private init(_ bytes: [UInt8], _ limits: GrammarLimits) {
        self.bytes = bytes
        grammar = Grammar(limits: limits)
    }

    private mutating func parse() throws(GrammarError) -> Grammar {
        guard bytes.count <= grammar.limits.sourceBytes else {
            throw GrammarError(
                .tooLarge, "the grammar has \(bytes.count) bytes, more than \(grammar.limits.sourceBytes)")
        }
        skipSpace(overLines: true)
        while position < bytes.count { try rule() }
        guard let root = rules["root"] else {
            throw GrammarError(.syntax, "the grammar has no rule 'root', where a text begins")
        }
        if let missing = rules.keys.filter({ !defined.contains($0) }).min() {
            throw GrammarError(.syntax, "rule \(missing.inQuotes()) is referred to and not defined")
        }
        grammar.root = root
        return grammar
    }

    private mutating func rule() throws(GrammarError) {
        let name = try name()
        skipSpace(overLines: false)
        guard take("::=") else { throw wanted("'::=' behind \(name.inQuotes())") }
        skipSpace(overLines: true)
        let expression = try alternatives(depth: 0)
        guard defined.insert(name).inserted else {
            throw GrammarError(.syntax, "line \(line): rule \(name.inQuotes()) is defined twice")
        }
        grammar.define(try ruleID(name), expression)
        guard position == bytes.count || isAtLineEnd else { throw wanted("the end of the rule") }
        skipSpace(overLines: true)
    }

    private mutating func ruleID(_ name: String) throws(GrammarError) -> Grammar.RuleID {
        if let known = rules[name] { return known }
        let rule = try grammar.declare(name)
        rules[name] = rule
        return rule
    }

    // MARK: Expressions

    private mutating func alternatives(depth: Int) throws(GrammarError) -> Grammar.Expression {
        guard depth < grammar.limits.depth else {
            throw GrammarError(.tooLarge, "line \(line): more than \(grammar.limits.depth) groups in each other")
        }
        var parts = [try sequence(depth: depth)]
        while take("|") {
            skipSpace(overLines: true)
            parts.append(try sequence(depth: depth))
        }
        return try grammar.choice(parts)
    }

    private mutating func sequence(depth: Int) throws(GrammarError) -> Grammar.Expression {
        var parts: [Grammar.Expression] = []
        while let part = try repeated(depth: depth) {
            parts.append(part)
            skipSpace(overLines: depth > 0)
        }
        return try grammar.sequence(parts)
    }

    /// One element, with what repeats it; nil where the sequence ends.
    private mutating func repeated(depth: Int) throws(GrammarError) -> Grammar.Expression? {
        guard var part = try element(depth: depth) else { return nil }
        skipSpace(overLines: depth > 0)
        while let bounds = try bounds() {
            part = try grammar.repeated(part, bounds.least, bounds.most)
            skipSpace(overLines: depth > 0)
        }
        return part
    }

    private mutating func element(depth: Int) throws(GrammarError) -> Grammar.Expression? {
        switch next {
        case UInt8(ascii: "\""): return try literal()
        case UInt8(ascii: "["): return try characterClass()
        case UInt8(ascii: "."):
            position += 1
            return try grammar.scalars(.all)
        case UInt8(ascii: "("):
            position += 1
            skipSpace(overLines: true)
            let group = try alternatives(depth: depth + 1)
            guard take(")") else { throw wanted("')'") }
            return group
        case UInt8(ascii: "<"), UInt8(ascii: "!"):
            throw GrammarError(.unsupported, "line \(line): tokens (<…>, !<…>) are not supported, only characters")
        case .some(let byte) where Self.isName(byte):
            // What stands before "::=" begins the next rule; a name within a line or a group does not.
            let start = position
            let name = try name()
            if isRuleStart {
                position = start
                return nil
            }
            return try grammar.reference(try ruleID(name))
        default: return nil
        }
    }

    /// Whether "::=" follows, which a name alone stands before.
    private var isRuleStart: Bool {
        let rest = bytes[position...].drop { $0 == 0x20 || $0 == 0x09 }
        return rest.starts(with: "::=".utf8)
    }

    /// How often something is repeated; nil where that is not said.
    private mutating func bounds() throws(GrammarError) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        skipSpace(overLines: false)
        let least = try number()
        skipSpace(overLines: false)
        var most: Int? = least
        if take(",") {
            skipSpace(overLines: false)
            most = next.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } == true ? try number() : nil
            skipSpace(overLines: false)
        }
        guard take("}") else { throw wanted("'}'") }
        if let most, most < least {
            throw GrammarError(.syntax, "line \(line): {\(least),\(most)} has fewer at most than at least")
        }
        return (least, most)
    }

    private mutating func number() throws(GrammarError) -> Int {
        let digits = bytes[position...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard !digits.isEmpty else { throw wanted("a number") }
        // More copies than states may be are too many anyway.
        guard let number = Int(String(decoding: digits, as: UTF8.self)), number <= grammar.limits.states else {
            throw GrammarError(
                .tooLarge,
                "line \(line): a repetition of \(String(decoding: digits, as: UTF8.self).inQuotes(most: 20)) times takes more than \(grammar.limits.states) states"
            )
        }
        position += digits.count
        return number
    }

    // MARK: Characters

    private mutating func literal() throws(GrammarError) -> Grammar.Expression {
        position += 1
        var text: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte != 0x0A else { break }
            text += Array(String(try character()).utf8)
        }
        guard take("\"") else { throw wanted("'\"' at the end of the literal") }
        return try grammar.bytes(text)
    }

    private mutating func characterClass() throws(GrammarError) -> Grammar.Expression {
        position += 1
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while let byte = next, byte != UInt8(ascii: "]") {
            let low = try character().value
            guard next == UInt8(ascii: "-"), position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "]") else {
                ranges.append(low...low)
                continue
            }
            position += 1
            let high = try character().value
            guard low <= high else { throw wanted("a range in order") }
            ranges.append(low...high)
        }
        guard take("]") else { throw wanted("']' at the end of the class") }
        let set = ScalarSet(ranges)
        return try grammar.scalars(isNegated ? set.complement : set)
    }

    /// A scalar as it stands, or an escape.
    private mutating func character() throws(GrammarError) -> Unicode.Scalar {
        guard next == UInt8(ascii: "\\") else { return try scalar() }
        position += 1
        guard let byte = next else { throw wanted("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "x"): return try code(2)
        case UInt8(ascii: "u"): return try code(4)
        case UInt8(ascii: "U"): return try code(8)
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "-"),
            UInt8(ascii: "^"):
            return Unicode.Scalar(byte)
        default: throw wanted("an escape: \\x \\u \\U \\t \\r \\n \\\\ \\\" \\[ \\] \\- or \\^")
        }
    }

    private mutating func code(_ count: Int) throws(GrammarError) -> Unicode.Scalar {
        let digits = bytes[position...].prefix(count)
        guard digits.count == count, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(value)
        else { throw wanted("\(count) hexadecimal digits of a Unicode scalar") }
        position += count
        return scalar
    }

    private mutating func scalar() throws(GrammarError) -> Unicode.Scalar {
        var decoder = UTF8()
        var iterator = bytes[position...].prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { throw wanted("UTF-8") }
        position += UTF8.width(scalar)
        return scalar
    }

    // MARK: Parts

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func name() throws(GrammarError) -> String {
        let name = bytes[position...].prefix(while: Self.isName)
        guard !name.isEmpty else { throw wanted("a rule's name") }
        position += name.count
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// Whether the line ends here: a rule ends with its line.
    private var isAtLineEnd: Bool { next == 0x0A || next == 0x0D }

    private mutating func skipSpace(overLines: Bool) {
        while let byte = next {
            switch byte {
            case 0x20, 0x09: position += 1
            case 0x0A, 0x0D:
                guard overLines else { return }
                position += 1
            case UInt8(ascii: "#"): position += bytes[position...].prefix { $0 != 0x0A && $0 != 0x0D }.count
            default: return
            }
        }
    }

    private var line: Int { 1 + bytes.prefix(position).count { $0 == 0x0A } }

    private func wanted(_ expected: String) -> GrammarError {
        let found = bytes[min(position, bytes.count)...].prefix(16)
        let shown = found.isEmpty ? "the end" : String(decoding: found, as: UTF8.self).inQuotes(most: 12)
        return GrammarError(.syntax, "line \(line) of the grammar: expected \(expected), found \(shown)")
    }
}
