/// JSON's own rules in a grammar, as constrained texts have them: where space may be, what strings and numbers are, and any
/// value.
///
/// Space is free only as far as printed documents need it: behind brackets and commas one space, or a line's end with up to
/// 20 spaces, and one space behind a colon. Numbers have at most 16 digits on each side of the point, so that no sampler
/// stays in one.
struct JSONSyntax {
    let space: Grammar.Expression
    let comma: Grammar.Expression
    let colon: Grammar.Expression
    /// A character of a string, however it is written.
    let character: Grammar.Expression
    let string: Grammar.Expression
    let number: Grammar.Expression
    let integer: Grammar.Expression
    let boolean: Grammar.Expression
    let null: Grammar.Expression
    /// Any value, as deep as it likes.
    let value: Grammar.Expression
    let object: Grammar.Expression
    let array: Grammar.Expression

    init(_ grammar: inout Grammar) throws(GrammarError) {
        let blank = try grammar.text(" ")
        let indented = try grammar.sequence([try grammar.text("\n"), try grammar.repeated(blank, 0, 20)])
        space = try grammar.rule("space", try grammar.optional(try grammar.choice([blank, indented])))
        comma = try grammar.sequence([try grammar.text(","), space])
        colon = try grammar.sequence([try grammar.text(":"), try grammar.optional(blank)])
        character = try Self.character(&grammar)
        let quote = try grammar.text("\"")
        string = try grammar.rule(
            "string", try grammar.sequence([quote, try grammar.repeated(character, 0, nil), quote]))
        (integer, number) = try Self.numbers(&grammar)
        boolean = try grammar.choice([try grammar.text("true"), try grammar.text("false")])
        null = try grammar.text("null")
        let (value, object, array) = (
            try grammar.declare("value"), try grammar.declare("object"), try grammar.declare("array")
        )
        self.value = try grammar.reference(value)
        self.object = try grammar.reference(object)
        self.array = try grammar.reference(array)
        grammar.define(
            value, try grammar.choice([self.object, self.array, string, number, boolean, null]))
        let member = try grammar.sequence([string, colon, self.value])
        grammar.define(object, try bracketed("{", try list(member, &grammar), "}", &grammar))
        grammar.define(array, try bracketed("[", try list(self.value, &grammar), "]", &grammar))
    }

    private func list(_ part: Grammar.Expression, _ grammar: inout Grammar) throws(GrammarError) -> Grammar.Expression {
        try grammar.list([.init(part, isOptional: true, repeats: true)], separator: comma)
    }

    /// Something in brackets, with space around it, or nothing.
    func bracketed(
        _ open: String, _ content: Grammar.Expression, _ close: String, _ grammar: inout Grammar
    ) throws(GrammarError) -> Grammar.Expression {
        let isEmpty = content == (try grammar.empty())
        let parts = isEmpty ? [content] : [space, content, space]
        return try grammar.sequence([try grammar.text(open)] + parts + [try grammar.text(close)])
    }

    private static func character(_ grammar: inout Grammar) throws(GrammarError) -> Grammar.Expression {
        let hex = try grammar.scalars(ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66]))
        // Halves of a pair count as one character to some readers and as two to others, or are none.
        let single = try grammar.choice([
            try grammar.sequence([
                try grammar.scalars(ScalarSet([0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66])), hex,
            ]),
            try grammar.sequence([try grammar.scalars(ScalarSet("dD")), try grammar.scalars(ScalarSet([0x30...0x37]))]),
        ])
        let escape = try grammar.sequence([
            try grammar.text("\\"),
            try grammar.choice([
                try grammar.scalars(ScalarSet("\"\\/bfnrt")),
                try grammar.sequence([try grammar.text("u"), single, hex, hex]),
            ]),
        ])
        return try grammar.choice([try grammar.scalars(plain), escape])
    }

    /// What stands for itself in a string.
    private static let plain = ScalarSet([0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF])

    /// A scalar of a set, each written in one way.
    static func spell(_ set: ScalarSet, _ grammar: inout Grammar) throws(GrammarError) -> Grammar.Expression {
        var parts = [try grammar.scalars(set.intersection(plain))]
        for range in set.subtracting(plain).ranges {
            for scalar in range { parts.append(try grammar.text(escaped(scalar))) }
        }
        return try grammar.choice(parts)
    }

    /// A text as `spell` writes each of its scalars, without quotation marks.
    static func spelled(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in
            Array((plain.contains(scalar.value) ? String(scalar) : escaped(scalar.value)).utf8)
        }
    }

    private static func escaped(_ scalar: UInt32) -> String {
        switch scalar {
        case 0x08: return "\\b"
        case 0x09: return "\\t"
        case 0x0A: return "\\n"
        case 0x0C: return "\\f"
        case 0x0D: return "\\r"
        case 0x22: return "\\\""
        case 0x5C: return "\\\\"
        default:
            let digits = String(scalar, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    private static func numbers(
        _ grammar: inout Grammar
    ) throws(GrammarError) -> (integer: Grammar.Expression, number: Grammar.Expression) {
        let digit = try grammar.scalars(ScalarSet([0x30...0x39]))
        let first = try grammar.scalars(ScalarSet([0x31...0x39]))
        let minus = try grammar.optional(try grammar.text("-"))
        let whole = try grammar.choice([
            try grammar.text("0"), try grammar.sequence([first, try grammar.repeated(digit, 0, 15)]),
        ])
        let integer = try grammar.rule("integer", try grammar.sequence([minus, whole]))
        let fraction = try grammar.sequence([try grammar.text("."), try grammar.repeated(digit, 1, 16)])
        let exponent = try grammar.sequence([
            try grammar.scalars(ScalarSet("eE")), try grammar.optional(try grammar.scalars(ScalarSet("+-"))),
            try grammar.repeated(digit, 1, 2),
        ])
        let number = try grammar.rule(
            "number",
            try grammar.sequence([minus, whole, try grammar.optional(fraction), try grammar.optional(exponent)]))
        return (integer, number)
    }
}
