import Foundation
import LlamaradaTemplates
import Testing

/// The deepest nesting that is allowed fits on a small stack: some systems give a thread no more than 512 KB.
struct DepthTests {
    private static func many(_ text: String, _ count: Int = 97) -> String { String(repeating: text, count: count) }

    /// Templates that nest as deep as the limits let them, or deeper.
    private static let deep = [
        "{{ \(many("("))1\(many(")")) }}", "{{ \(many("[", 60))1\(many("]", 60)) }}", "{{ \(many("-"))1 }}",
        "{{ \(many("not "))1 }}", "{{ 1\(many("|d(1", 90))\(many(")", 90)) }}",
        "{{ \(many("1 is odd("))1\(many(")")) }}",
        "{{ \(many("1 if 1 else "))1 }}", "{{ \(many("1 + ("))1\(many(")")) }}",
        many("{% if 1 %}") + many("{% endif %}"),
        many("{% for x in [1] %}") + many("{% endfor %}"), many("{% set x %}") + many("{% endset %}"),
        many("{% filter d %}") + many("{% endfilter %}"), "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% call m() %}{% endcall %}{{ caller }}{% endmacro %}{% call m() %}{% endcall %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% for x in [1] %}{% with a = 1 %}{% set b %}{{ 1 + (2 * (m() ~ 'x')) }}{% endset %}{% endwith %}"
            + "{% endfor %}{% endmacro %}{{ m() }}",
        "{{ 'a' | map('map'\(many(", 'map'", 50_000)), 'list') | list }}",
        "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x] %}{% endfor %}"
            + "{{ ns.x }}{{ ns.x | tojson }}{{ ns.x == [ns.x[0]] }}{{ ns.x < [ns.x[0]] }}",
        "{% set ns = namespace() %}{% set ns.x = \(many("[", 60))ns\(many("]", 60)) %}{{ ns }}",
    ]

    @Test func deepTemplatesFitOnASmallStack() async {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                for source in Self.deep { _ = try? ChatTemplate(source).render([:], now: .fixture) }
                continuation.resume()
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
    }
}
