import LlamaradaGrammar
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
