import LlamaradaTemplates
import Testing

/// Templates that nobody means well with cost little and end in an error.
struct HostileTemplateTests {
    private static func many(_ text: String, _ count: Int = 20_000) -> String { String(repeating: text, count: count) }

    /// Statements that make `x` twice as large each time.
    private static func doubling(_ start: String, _ twice: String, _ count: Int = 62) -> String {
        "{% set ns = namespace(x=\(start)) %}{% for i in range(\(count)) %}{% set ns.x = \(twice) %}{% endfor %}"
    }

    /// What begins, and what ends, a level; nothing closes a block.
    static let levels = [
        ("(", ")"), ("[", "]"), ("{1:", "}"), ("-", ""), ("+ +", ""), ("not ", ""), ("f(", ")"), ("a[", "]"),
        ("a[:", "]"),
        ("1 if 1 else ", ""), ("1|d(", ")"), ("1 is odd(", ")"), ("1 is in [", "]"), ("f(a=", ")"), ("f(**", ")"),
        ("1 if ", " if 1 else 1"),
    ]
    static let blocks = [
        "{% if 1 %}", "{% for x in y %}", "{% set x %}", "{% macro m() %}", "{% filter d %}", "{% if 0 %}{% else %}",
        "{% call m() %}", "{% generation %}", "{% with %}", "{% for x in y %}{% else %}",
    ]

    static let endless = [
        "{{ 'a' * 10 ** 9 }}", "{{ 'a' * 9223372036854775807 }}", "{{ [1] * 10 ** 12 }}",
        "{{ [1] * 9223372036854775807 }}",
        "{{ range(10 ** 18) }}", "{{ range(-9223372036854775807, 9223372036854775807) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) if 0 %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}",
        "{% macro m() %}{% call m() %}{% endcall %}{{ caller }}{% endmacro %}{% call m() %}{% endcall %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
        "{% macro m() %}{{ ['x'] | map('d', m()) | list }}{% endmacro %}{{ m() }}",
        doubling("'a'", "ns.x + ns.x"), doubling("'a'", "ns.x ~ ns.x"), doubling("[1]", "ns.x + ns.x"),
        doubling("[1]", "[ns.x, ns.x]") + "{{ ns.x }}", doubling("[1]", "[ns.x, ns.x]") + "{{ ns.x | tojson }}",
        doubling("[1]", "[ns.x, ns.x]") + "{{ ns.x == [ns.x[0], ns.x[1]] }}",
        doubling("[1]", "{1: ns.x, 2: ns.x}") + "{{ ns.x in [{1: ns.x[1], 2: ns.x[2]}] }}",
        doubling("(1,)", "(ns.x, ns.x)") + "{{ {ns.x: 1} }}",
        doubling("(1,)", "(ns.x, ns.x)") + "{{ [ns.x] | unique | list }}",
        doubling("[1]", "[ns.x, ns.x]") + "{{ [ns.x, [ns.x[0], ns.x[1]]] | sort }}",
        doubling("[1]", "[][[ns.x]]", 99_999) + "{{ range(10 ** 9) }}",
        doubling("[1]", "{}[(ns.x,)]", 99_999) + "{{ 10 ** 19 }}",
        doubling("[1]", "[ns.x]", 1000), doubling("{}", "{1: ns.x}", 1000), doubling("(1,)", "(ns.x, 1)", 1000),
        doubling("'a'.upper", "[ns.x]", 1000),
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{% set ns = namespace() %}{% set ns.x = [ns, ns] %}{{ ns }}",
        "{{ '%999999999d' % 1 }}", "{{ '%*d' % (999999999, 1) }}", "{{ '%.999999999f' % 1.5 ~ 'a' * 10 ** 9 }}",
        "{{ '{:>999999999}'.format(1) }}", "{{ '{:0999999999}'.format(1) }}", "{{ 'a'.center(10 ** 12) }}",
        "{{ 'a'.ljust(9223372036854775807) }}", "{{ 'a'.zfill(9223372036854775807) }}", "{{ 'a' | center(10 ** 10) }}",
        "{{ 'a\\nb' | indent(10 ** 10) }}", "{{ [[1]] | tojson(indent=10 ** 10) }}",
        "{{ [1] | batch(10 ** 12, 1) | list }}",
        "{{ [1] | slice(10 ** 12) | list }}", "{{ ('a' * 9999 * 99).replace('a', 'b' * 999999) }}",
        "{{ ('a' * 999999) | replace('', 'b' * 999999) }}", "{{ range(99999) | join('b' * 999999) }}",
        "{{ ('b' * 999999).join('a' * 99999) }}", "{{ ('a\\n' * 99999) | indent(99999) }}",
        "{% for i in range(99999) %}{% if 'a' * 999999 == 'a' * 999999 %}{% endif %}{% endfor %}",
        "{% set x = 'é' * 999999 %}{% for i in range(99999) %}{% if x[500000] %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | upper %}{% endif %}{% endfor %}",
        "{% set x = range(99999) | list %}{% for i in range(99999) %}{% if 'b' in x %}{% endif %}{% endfor %}",
        "{% set x = range(99999) | list %}{% for i in range(99999) %}{% if x[1:] %}{% endif %}{% endfor %}",
        "{% set x = range(99999) | list %}{% for i in range(99999) %}{% if x.count(-1) %}{% endif %}{% endfor %}",
        "{% set x = ' ' * 9999999 %}{% for i in range(99999) %}{{ x.strip() }}{% endfor %}",
        "{% set x = ' ' * 9999999 %}{% for i in range(99999) %}{% if x is lower %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if {x: 1}[x] %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x.startswith(x) %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | int %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | length %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | wordcount %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if [x] | min %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x ~ '' %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if [1] | map(attribute=x) | list %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if 'b'.find(x) %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x is filter %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | attr(x) %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if {x: 1} | dictsort %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x | float %}{% endif %}{% endfor %}",
        "{% set x = 'a' * 9999999 %}{% for i in range(99999) %}{% if x.istitle() %}{% endif %}{% endfor %}",
        "{{ \(many("a")) }}", "{{ 10 ** 19 }}", "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}",
        "{{ 9223372036854775808 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}", "{{ -(-9223372036854775807 - 1) }}",
        "{{ (-9223372036854775807 - 1) | abs }}",
        "{{ (-9223372036854775807 - 1) % -1 }}", "{{ 9223372036854775807 * 2 }}", "{{ 2 ** 9223372036854775807 }}",
        "{{ 1e300 | int }}", "{{ 9223372036854775807 | round(-1) }}",
    ]

    @Test func nestingIsBounded() throws {
        for (open, close) in Self.levels {
            try Self.expectLimit("{{ \(Self.many(open))1\(Self.many(close)) }}")
        }
        for block in Self.blocks { try Self.expectLimit(Self.many(block)) }
        try Self.expectLimit("{% for \(Self.many("("))a\(Self.many(")")) in b %}")
        try Self.expectLimit("{% set \(Self.many("(a,"))a\(Self.many(")")) = b %}")
    }

    @Test(arguments: endless) func workIsBounded(_ source: String) throws {
        let time = try ContinuousClock().measure { try Self.expectLimit(source) }
        #expect(time < .seconds(5), "\(source)")
    }

    private static func expectLimit(_ source: String) throws {
        // A tenth of what is allowed, so that the tests take a tenth of the time.
        var limits = TemplateLimits()
        limits.steps /= 10
        #expect("\(source.prefix(100))") {
            try ChatTemplate(source, limits: limits).render([:], now: .fixture)
        } throws: {
            ($0 as? TemplateError)?.code == .limit
        }
    }

    /// What is at the edge, but within the limits.
    static let edges = [
        "{{ 2 ** 62 }}", "{{ 10 ** 300 | float if 0 }}", "{{ ('a' * 1000000) | length }}",
        "{{ range(100000) | length }}",
        "{{ 1\(many(" + 1")) }}", "{{ 1\(many(" ~ ''")) }}", "{{ x\(many(" or x")) }}", "{{ 1\(many(" if 1")) }}",
        "{{ '' \(many("| trim")) }}", "{{ 1 == 1\(many(" == 1")) }}", "{% if 0 %}\(many("{% elif 0 %}")){% endif %}",
        "{{ [\(many("1,"))] | length }}", "{{ ('%.999999999f' % 1.5) | length }}", "{{ 'a'[9223372036854775807:] }}",
        "{{ 'abc'[::9223372036854775807] }}", "{{ 'abc'[::-9223372036854775807 - 1] }}",
        "{{ [1][-9223372036854775807 - 1:] }}",
        "{{ [1, 2][9223372036854775807] }}", "{{ [1, 2][-9223372036854775807 - 1] }}",
        "{{ 'a'[-9223372036854775807 - 1] }}",
        "{{ range(9223372036854775806, 9223372036854775807, 9223372036854775807) | list }}",
        "{{ range(0, -9223372036854775807 - 1, -9223372036854775807 - 1) | list }}",
        "{{ 'a'.find('a', -9223372036854775807 - 1, 9223372036854775807) }}", "{{ 5 | round(9223372036854775807) }}",
        "{{ 1.5 | round(9223372036854775807) }}", "{{ 1.5 | round(-9223372036854775807) }}",
        "{{ 5 | round(-9223372036854775807) }}", "{{ [1] | batch(9223372036854775807) | list }}",
        "{{ 'a'.center(-9223372036854775807 - 1) }}", "{{ 'a'.zfill(-9223372036854775807 - 1) }}",
        "{{ 'a'.split('b', 9223372036854775807) }}", "{{ 'a'.replace('a', 'b', -9223372036854775807 - 1) }}",
        "{{ 1.5 // 1e-308 }}", "{{ 1e308 * 10 - 1e308 * 10 }}", "{{ (1e308 * 10) // 1 }}", "{{ 5 % (1e308 * 10) }}",
        "{{ 'nan' | float | round }}", "{{ ['nan' | float, 1.0] | sort | length }}",
        "{{ {'nan' | float: 1} | length }}",
    ]

    @Test func edgesAreWithin() {
        for source in Self.edges {
            #expect(throws: Never.self, "\(source.prefix(100))") {
                try ChatTemplate(source).render([:], now: .fixture)
            }
        }
    }

    @Test func longTemplatesAreRefused() {
        var limits = TemplateLimits()
        limits.templateBytes = 10
        #expect(throws: TemplateError.self) { try ChatTemplate("12345678901", limits: limits) }
        #expect(throws: Never.self) { try ChatTemplate("1234567890", limits: limits) }
    }

    @Test func deepInputIsRefused() {
        let deep = (0..<100).reduce(TemplateValue.none) { value, _ in [value] }
        #expect { try ChatTemplate("").render(["x": deep], now: .fixture) } throws: {
            ($0 as? TemplateError)?.code == .limit
        }
    }
}
