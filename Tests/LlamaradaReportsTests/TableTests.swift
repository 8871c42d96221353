import LlamaradaReports
import Testing

/// One description, every way of writing it.
@Suite struct TableTests {
    private struct Kernel {
        var name: String
        var calls: Int
        var seconds: Double?
    }

    private let table = Table<Kernel>([
        Column("kernel", key: "kernel", .left) { .text($0.name) },
        Column("calls", key: "calls", width: 5) { .integer($0.calls) },
        Column("time", key: "time_seconds") { .number(orMissing: $0.seconds, .fixed(1)) },
        Column(key: "sizes") { kernel in .nested(.array([.integer(kernel.calls)])) },
        Column("twice") { .integer(2 * $0.calls) },
    ])
    private let rows = [
        Kernel(name: "a|\"b'<c>", calls: 7, seconds: 0.25), Kernel(name: "MatVec", calls: 12, seconds: nil),
    ]

    private func stream(_ format: TableFormat) -> String {
        var stream = TableStream(table, format: format, name: "kernels")
        return rows.map { stream.add($0) }.joined() + stream.end
    }

    @Test func textIsAligned() {
        #expect(
            table.text(rows) == """
                  kernel    calls  time  twice
                  a|"b'<c>      7   0.3     14
                  MatVec       12     –     24

                """)
        #expect(table.text([]).isEmpty)
        #expect(table.text([rows[1]], headed: false) == "  MatVec  12  –  24\n")
    }

    @Test func selectionsChooseAndOrder() {
        #expect(table.selecting(["twice", "none", "calls"]).text([rows[0]]) == "  twice  calls\n     14      7\n")
    }

    @Test func linesAreTitlesAndValues() {
        #expect(
            table.lines(rows[1]) == """
                  kernel  MatVec
                  calls   12
                  time    –
                  twice   24

                """)
    }

    @Test func markdown() {
        #expect(
            stream(.md) == """
                | kernel | calls | time | twice |
                | --- | -----:| ---:| ---:|
                | a\\|"b'<c> |     7 | 0.3 | 14 |
                | MatVec |    12 |  | 24 |

                """)
    }

    @Test func programsGetEveryValue() {
        #expect(
            stream(.csv) == """
                kernel,calls,time_seconds
                "a|""b'<c>","7","0.25"
                "MatVec","12",""

                """)
        let first = #"{"kernel":"a|\"b'<c>","calls":7,"time_seconds":0.25,"sizes":[7]}"#
        let second = #"{"kernel":"MatVec","calls":12,"time_seconds":null,"sizes":[12]}"#
        #expect(stream(.json) == "[\n\(first),\n\(second)\n]\n")
        #expect(stream(.jsonl) == "\(first)\n\(second)\n")
        #expect(table.json(rows).text == "[\(first),\(second)]")
        #expect(TableStream(table, format: .json).end == "[]\n")
        #expect(
            stream(.sql) == """
                CREATE TABLE IF NOT EXISTS kernels (
                  kernel TEXT,
                  calls INTEGER,
                  time_seconds REAL
                );
                INSERT INTO kernels (kernel, calls, time_seconds) VALUES ('a|"b''<c>', 7, 0.25);
                INSERT INTO kernels (kernel, calls, time_seconds) VALUES ('MatVec', 12, NULL);

                """)
    }

    @Test func pagesEscapeAndKeepTheNumbers() {
        let html = table.html(rows) { $0.seconds == nil ? "over" : nil }
        #expect(html.contains("<th class=\"text\">kernel</th><th>calls</th>"))
        #expect(html.contains("<td class=\"text\">a|&quot;b&#39;&lt;c&gt;</td><td data-order=\"7.0\">7</td>"))
        #expect(html.contains("<tr class=\"over\"><td class=\"text\">MatVec</td>") && html.contains("<td>–</td>"))
    }

    @Test func notFiniteIsNullForPrograms() {
        let table = Table<Double>([Column("x", key: "x") { .number($0, .scientific) }])
        #expect(table.json([.nan, .infinity, 1]).text == #"[{"x":null},{"x":null},{"x":1.0}]"#)
    }
}
