import LlamaradaGrammar
import LlamaradaTensors
import Testing

@Suite struct SchemaTests {
    private static let cases: [(schema: String, yes: [String], no: [String])] = [
        ("true", [#"{"a": [1, "b", null]}"#, "1.5e10", #""x""#, "[]", "{}"], ["", "tru", "01", "{,}", "[1,]"]),
        ("{}", ["null"], ["nul"]),
        (#"{"type":"integer"}"#, ["0", "-12", "1234567890123456"], ["1.0", "01", "--1", "12345678901234567", "-"]),
        (#"{"type":"number"}"#, ["0", "-0.5", "1e5", "2.5E-10"], [".5", "1.", "1e", "+1", "1e100"]),
        (#"{"type":["string","null"]}"#, ["null", #""a\n\u00e9é""#], ["1", "\"\n\"", #""\ud800""#, #""\x""#]),
        (
            #"{"type":"integer","minimum":-3,"maximum":120}"#, ["-3", "0", "9", "99", "120"],
            ["-4", "121", "-0", "1200"]
        ),
        (#"{"type":"integer","exclusiveMinimum":7,"maximum":10}"#, ["8", "10"], ["7", "11"]),
        (#"{"type":"integer","minimum":1.5}"#, ["2", "100"], ["1", "0", "-5"]),
        (#"{"type":"integer","maximum":-5}"#, ["-5", "-1000"], ["-4", "0", "5"]),
        (#"{"type":"integer","multipleOf":7,"minimum":0,"maximum":100}"#, ["0", "7", "98"], ["8", "105", "-7"]),
        (
            #"{"type":"number","minimum":0,"maximum":1}"#, ["0", "0.5", "0.25", "1", "1.0"],
            ["1.1", "-0.1", "2", "1.01"]
        ),
        (
            #"{"type":"number","exclusiveMinimum":-1.5,"exclusiveMaximum":2.25}"#, ["-1.49", "-1", "2.24", "0.0"],
            ["-1.5", "2.25", "2.3", "-1.50"]
        ),
        (#"{"type":"string","minLength":2,"maxLength":3}"#, [#""ab""#, #""é\n😀""#], [#""a""#, #""abcd""#]),
        (#"{"type":"string","pattern":"^[a-c]+(x|y)?$"}"#, [#""a""#, #""abcx""#], [#""""#, #""ax1""#, #""abx\n""#]),
        (#"{"type":"string","pattern":"b"}"#, [#""abc""#, #""b""#], [#""ac""#]),
        (#"{"pattern":"^a|b$","maxLength":3}"#, [#""axx""#, #""xxb""#], [#""xax""#, #""axxx""#]),
        (#"{"pattern":"^\\d{2}\\s\\w$","minLength":1}"#, [#""12\ta""#], [#""1a""#]),
        (#"{"pattern":"^[^\\d\"]$"}"#, [#""a""#, #""\\""#], [#""1""#, #""\"""#, #""é""#]),
        (#"{"type":"string","format":"date"}"#, [#""2024-02-28""#], [#""2024-02-30""#, #""2024-13-01""#]),
        (#"{"type":"string","format":"uuid"}"#, [#""123e4567-e89b-12d3-a456-426614174000""#], [#""123""#]),
        (#"{"type":"string","format":"ipv4"}"#, [#""127.0.0.1""#], [#""256.0.0.1""#, #""01.0.0.1""#]),
        (#"{"enum":["a",1,null,{"b":[2]}]}"#, [#""a""#, "1", "null", #"{"b":[2]}"#], [#""b""#, "2"]),
        (#"{"enum":["a",1],"type":"string"}"#, [#""a""#], ["1"]),
        (#"{"const":"x"}"#, [#""x""#], [#""y""#]),
        (
            #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}"#, ["[1]", "[1,2]", "[1, 2, 3]"],
            ["[]", "[1,2,3,4]", "[1.5]"]
        ),
        (#"{"type":"array","maxItems":0}"#, ["[]"], ["[1]"]),
        (
            #"{"prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"null"},"minItems":1}"#,
            ["[1]", #"[1,"a"]"#, #"[1,"a",null,null]"#], ["[]", #"["a"]"#, "[1,null]"]
        ),
        (#"{"prefixItems":[{"type":"integer"}],"minItems":3}"#, [#"[1,"a",2]"#], ["[1]", "[1,2,3,4]"]),
        (
            #"{"properties":{"a":{"type":"integer"},"b":{"type":"null"}},"required":["a"]}"#,
            [#"{"a":1}"#, #"{"a":1,"b":null}"#, "{\n  \"a\": 1,\n  \"b\": null\n}"],
            ["{}", #"{"b":null}"#, #"{"b":null,"a":1}"#, #"{"a":1,"c":1}"#, #"{"a":1,"a":1}"#]
        ),
        (#"{"type":"object","properties":{}}"#, ["{}"], [#"{"a":1}"#]),
        (#"{"type":"object"}"#, ["{}", #"{"a":{"b":1}}"#], ["[]"]),
        (
            #"{"properties":{"a":{"const":1}},"additionalProperties":{"type":"string"}}"#,
            [#"{"a":1,"b":"c","d":"e"}"#, #"{"b":"c"}"#, "{}", #"{"aa":"x"}"#], [#"{"a":"c"}"#, #"{"b":1}"#]
        ),
        (
            #"{"required":["k"],"additionalProperties":{"type":"null"}}"#, [#"{"k":null,"l":null}"#],
            ["{}", #"{"k":1}"#]
        ),
        (
            #"{"patternProperties":{"^s_":{"type":"string"},"^i":{"type":"integer"}},"additionalProperties":false}"#,
            [#"{"s_a":"x","i1":2}"#, "{}"], [#"{"s_a":1}"#, #"{"z":1}"#]
        ),
        (
            ##"{"$defs":{"n":{"properties":{"v":{"type":"integer"},"next":{"$ref":"#/$defs/n"}},"required":["v"]}},"$ref":"#/$defs/n"}"##,
            [#"{"v":1}"#, #"{"v":1,"next":{"v":2,"next":{"v":3}}}"#], [#"{"next":{"v":1}}"#]
        ),
        (
            ##"{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}"##, ["1", "[[1],2,[]]"],
            ["null", "[null]"]
        ),
        (#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#, [#""a""#, "1"], ["null"]),
        (
            #"{"oneOf":[{"type":"object","properties":{"k":{"const":"a"}},"required":["k"]},{"type":"object","properties":{"k":{"const":"b"},"v":{}},"required":["k"]}]}"#,
            [#"{"k":"a"}"#, #"{"k":"b","v":[1]}"#], [#"{"k":"a","v":1}"#, "{}"]
        ),
        (
            #"{"allOf":[{"type":"integer","minimum":3},{"maximum":5},{"multipleOf":2}]}"#, ["4"], ["3", "5", "6"]
        ),
        (
            #"{"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"maximum":3},"b":{"type":"null"}}}]}"#,
            [#"{"a":2}"#, #"{"a":3,"b":null}"#], [#"{"a":4}"#, "{}"]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"null"}},"anyOf":[{"required":["a"]},{"properties":{"c":{"const":1}},"required":["c"]}]}"#,
            [#"{"a":null}"#, #"{"a":null,"c":1}"#, #"{"c":1}"#], ["{}"]
        ),
        (#"{"properties":{"a":false,"b":{}}}"#, [#"{"b":1}"#, "{}"], [#"{"a":1}"#]),
        (#"{"title":"t","description":"d","default":1,"examples":[],"$comment":"c","x-y":1,"const":2}"#, ["2"], ["1"]),
        (##"{"definitions":{"a/b":{"const":1}},"$ref":"#/definitions/a~1b"}"##, ["1"], ["2"]),
        (#"{"pattern":"^[^\\S]$"}"#, [#"" ""#, #""\t""#], [#""a""#, #""\u0001""#, #""\u001c""#, #""é""#]),
        (#"{"pattern":"^[^\\s]$"}"#, [#""a""#, #""\u0001""#], [#"" ""#, #""\u001c""#]),
        (#"{"pattern":"^[^\\Wa]$"}"#, [#""b""#, #""_""#], [#""a""#, #""-""#, #""é""#]),
        (
            #"{"properties":{"\u00e9":{"type":"integer"},"e\u0301":{"type":"string"}}}"#,
            ["{\"\u{E9}\":1,\"e\u{301}\":\"\"}"], ["{\"\u{E9}\":\"\"}", "{\"e\u{301}\":1}"]
        ),
        (
            #"{"allOf":[{"pattern":"^\u00e9*$"},{"pattern":"^(e\u0301)*$"}]}"#, [#""""#],
            ["\"\u{E9}\"", "\"e\u{301}\""]
        ),
        (
            ##"{"$defs":{"\u00e9":{"const":1},"e\u0301":{"const":2}},"$ref":"#/$defs/e\u0301"}"##, ["2"], ["1"]
        ),
        (
            #"{"type":"integer","minimum":9223372036854775800,"maximum":9223372036854775807}"#,
            ["9223372036854775800", "9223372036854775807"], ["9223372036854775799", "9223372036854775808"]
        ),
        (
            #"{"type":"integer","minimum":-9223372036854775808,"exclusiveMaximum":-9223372036854775806}"#,
            ["-9223372036854775807"], ["-9223372036854775806", "0"]
        ),
        (
            #"{"allOf":[{"enum":[9007199254740992,9007199254740993]},{"enum":[9007199254740993]}]}"#,
            ["9007199254740993"], ["9007199254740992"]
        ),
        (#"{"type":"string","maxLength":2,"pattern":"^a*$"}"#, [#""""#, #""aa""#], [#""aaa""#]),
        (#"{"properties":{"é\"":{"const":1}}}"#, [#"{"é\"":1}"#], [#"{"é":1}"#]),
    ]

    @Test func documents() throws {
        for (schema, yes, no) in Self.cases {
            let grammar = try SchemaCompiler.grammar(of: Array(schema.utf8))
            for text in yes { #expect(try accepts(grammar, text), "\(schema): \(text)") }
            for text in no { #expect(try !accepts(grammar, text), "\(schema): \(text)") }
        }
    }

    private static let faults: [(schema: String, code: GrammarError.Code, part: String)] = [
        ("", .syntax, "no JSON"), ("3", .syntax, "a schema must be"), (#"{"a":1,"a":2}"#, .syntax, "no JSON"),
        (#"{"not":{}}"#, .unsupported, "'#': keyword 'not' is not supported"),
        (#"{"properties":{"a/b":{"if":{}}}}"#, .unsupported, "'#/properties/a~1b': keyword 'if'"),
        (#"{"uniqueItems":true}"#, .unsupported, "'uniqueItems'"),
        (#"{"type":"array","items":[{}]}"#, .unsupported, "'prefixItems'"),
        (#"{"contains":{}}"#, .unsupported, "'contains'"), (#"{"frobnicate":1}"#, .unsupported, "'frobnicate'"),
        (#"{"minProperties":1}"#, .unsupported, "'minProperties'"),
        (#"{"type":"string","format":"regex"}"#, .unsupported, "'format' is not supported with 'regex'"),
        (#"{"type":"integer","format":"int32"}"#, .unsupported, "'format' is not supported with 'int32'"),
        (#"{"const":{"a":[12345678901234567890]}}"#, .unsupported, "2^53"),
        (#"{"type":"integer","exclusiveMinimum":9223372036854775807}"#, .unsupported, "too many digits"),
        (#"{"type":"string","pattern":"(?=a)"}"#, .unsupported, "looks ahead"),
        (#"{"type":"string","pattern":"(a)\\1"}"#, .unsupported, "escape"),
        (#"{"type":"string","pattern":"a\\b"}"#, .unsupported, "escape"),
        (#"{"type":"string","pattern":"a(^b)"}"#, .unsupported, "character 3"),
        (#"{"type":"string","pattern":"\\p{L}"}"#, .unsupported, "escape"),
        (#"{"type":"integer","multipleOf":0.5}"#, .unsupported, "'multipleOf'"),
        (#"{"type":"number","minimum":1e-20}"#, .unsupported, "'minimum'"),
        (#"{"enum":["abc"],"minLength":1}"#, .unsupported, "'minLength' is not supported beside 'enum'"),
        (#"{"oneOf":[{"type":"integer"},{"type":"number"}]}"#, .unsupported, "'oneOf'"),
        (#"{"oneOf":[{},{"type":"number"}]}"#, .unsupported, "'oneOf'"),
        (##"{"$ref":"http://x/y"}"##, .unsupported, "outside"),
        (##"{"$ref":"#/$defs/a"}"##, .syntax, "not in the schema"),
        (#"{"type":"thing"}"#, .syntax, "names of types"), (#"{"minLength":-1,"type":"string"}"#, .syntax, "minLength"),
        (##"{"$ref":"#"}"##, .unsatisfiable, "refers to itself"),
        (
            ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"properties":{"c":{"$ref":"#/$defs/a"}},"required":["c"]}},"$ref":"#/$defs/a"}"##,
            .unsatisfiable, "never ends"
        ),
        (#"{"type":"integer","minimum":3,"maximum":2}"#, .unsatisfiable, "never ends"),
        ("false", .unsatisfiable, "never ends"),
        (#"{"allOf":[{"const":1},{"const":2}]}"#, .unsatisfiable, "never ends"),
        (#"{"type":"string","maxLength":1000000}"#, .tooLarge, "states"),
        (#"{"type":"string","minLength":1000000000}"#, .tooLarge, "states"),
        (#"{"type":"array","minItems":1000000000}"#, .tooLarge, "states"),
        (#"{"type":"string","pattern":"^(a|b)*a(a|b){40}$"}"#, .tooLarge, "states"),
        (String(repeating: "[", count: 100_000), .syntax, "levels"),
    ]

    @Test func faultsAreNamed() throws {
        for (schema, code, part) in Self.faults {
            let start = ContinuousClock.now
            let error = #expect(throws: GrammarError.self, "\(schema.prefix(80))") {
                _ = try PushdownAutomaton(SchemaCompiler.grammar(of: Array(schema.utf8)))
            }
            guard let error else { continue }
            #expect(error.code == code && error.problem.contains(part), "\(schema.prefix(80)): \(error)")
            #expect(ContinuousClock.now - start < .seconds(1), "\(schema.prefix(80))")
        }
    }

    /// However a name's characters are written, it is the one that the schema spells out.
    @Test func namesAreSpelledInOneWay() throws {
        for value in Array(UInt32(0)...0x9F) + [0x2028, 0x2029] {
            let digits = String(value, radix: 16)
            let escaped = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            let schema =
                "{\"properties\":{\"a\(escaped)\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"string\"}}"
            let automaton = try PushdownAutomaton(SchemaCompiler.grammar(of: Array(schema.utf8)))
            func takes(_ text: String) -> Bool {
                var matcher = GrammarMatcher(automaton)
                return matcher.advance(text.utf8) && matcher.canEnd
            }
            let short = ["\u{8}": "b", "\t": "t", "\n": "n", "\u{C}": "f", "\r": "r", "\"": "\"", "\\": "\\", "/": "/"]
            let scalar = try String(#require(Unicode.Scalar(value)))
            let spellings = [scalar, escaped, short[scalar].map { "\\" + $0 }].compactMap { $0 }
            #expect(spellings.filter { takes("{\"a\($0)\":1}") }.count == 1, "\(escaped)")
            #expect(!spellings.contains { takes("{\"a\($0)\":\"\"}") }, "\(escaped)")
        }
    }

    /// Schemas whose parts are small and whose whole is not: what the parts take is counted together.
    @Test func workIsCountedTogether() throws {
        func object(_ keyword: String, _ count: Int, _ member: (Int) -> String) -> String {
            "{\"\(keyword)\":{" + (0..<count).map(member).joined(separator: ",") + "}}"
        }
        let elements = { (count: Int, element: (Int) -> String) in (0..<count).map(element).joined(separator: ",") }
        let name = String(repeating: "n", count: 400_000)
        let sources: [String] = [
            object("properties", 1000) { "\"p\($0)\":{\"pattern\":\"^.{1,\(5000 + $0)}$\"}" },
            object("patternProperties", 400) { "\"^[a-z]{1,40}\($0)\":{}" },
            "{\"oneOf\":[" + elements(20_000) { "{\"const\":\($0)}" } + "]}",
            "{\"oneOf\":[" + elements(40) { n in "{\"enum\":[" + elements(1000) { "\(n * 1000 + $0)" } + "]}" } + "]}",
            "{\"allOf\":[" + elements(30_000) { "{\"minimum\":\($0)}" } + "],\"anyOf\":["
                + elements(200) { "{\"maximum\":\($0)}" } + "]}",
            "{\"allOf\":[" + elements(5000) { "{\"properties\":{\"p\($0)\":{}}}" } + "]}",
            "{\"$defs\":{" + elements(8000) { "\"d\($0)\":{\"$ref\":\"#/$defs/d\($0 + 1)\"}" }
                + ",\"d8000\":{}},\"$ref\":\"#/$defs/d0\"}",
            "{\"enum\":[" + elements(120_000) { "\($0)" } + "]}",
            "{\"properties\":{\"\(name)\":{\"properties\":{"
                + elements(20_000) { "\"p\($0)\":{\"properties\":{}}" } + "}}}}",
        ]
        for source in sources {
            let start = ContinuousClock.now
            do {
                _ = try PushdownAutomaton(SchemaCompiler.grammar(of: Array(source.utf8)))
            } catch {
                #expect(error.code == .tooLarge, "\(source.prefix(80)): \(error.description.prefix(200))")
            }
            #expect(ContinuousClock.now - start < .seconds(3), "\(source.prefix(80))")
        }
        // Patterns one of which alone would do.
        let error = #expect(throws: GrammarError.self) { _ = try SchemaCompiler.grammar(of: Array(sources[0].utf8)) }
        #expect(error?.code == .tooLarge)
        // Several schemas of one grammar share what there is.
        var grammar = Grammar()
        let half = "{\"enum\":[" + elements(40_000) { "\($0)" } + "]}"
        let schema: JSONValue = try JSONValue(Array(half.utf8))
        _ = try SchemaCompiler.expression(of: schema, into: &grammar)
        _ = try SchemaCompiler.expression(of: schema, into: &grammar)
        let third = #expect(throws: GrammarError.self) { _ = try SchemaCompiler.expression(of: schema, into: &grammar) }
        #expect(third?.problem.contains("values") == true)
    }

    /// A schema that says the same in exponentially many ways is one of few sets of subschemas.
    @Test func doublingReferencesStaySmall() throws {
        let definitions = (0..<40).map { index in
            let next = "{\"$ref\":\"#/$defs/d\(index + 1)\"}"
            return "\"d\(index)\":{\"allOf\":[\(next),\(next)],\"properties\":{\"p\":\(next),\"q\":\(next)}}"
        }.joined(separator: ",")
        let schema =
            "{\"$defs\":{\(definitions),\"d40\":{\"type\":\"object\",\"properties\":{}}},\"$ref\":\"#/$defs/d0\"}"
        let start = ContinuousClock.now
        #expect(try accepts(SchemaCompiler.grammar(of: Array(schema.utf8)), #"{"p":{"q":{}}}"#))
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    /// Alternatives of alternatives are refused before they are written out.
    @Test func manyCombinationsAreRefused() throws {
        let choice = #"{"anyOf":[{"minLength":1},{"minLength":2},{"minLength":3}]}"#
        let schema = "{\"type\":\"string\",\"allOf\":[\((0..<9).map { _ in choice }.joined(separator: ","))]}"
        let error = try #require(throws: GrammarError.self) {
            _ = try SchemaCompiler.grammar(of: Array(schema.utf8))
        }
        #expect(error.code == .tooLarge && error.problem.contains("combinations"))
    }
}
