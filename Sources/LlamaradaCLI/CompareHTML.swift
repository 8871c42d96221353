import Llamarada
import LlamaradaLab

/// A comparison as one page that needs nothing else: no network, no other file.
struct CompareHTML {
    let report: ComparisonReport

    init(_ report: ComparisonReport) { self.report = report }

    /// The whole document.
    var page: String {
        let view = CompareReport(report)
        let name = report.configuration.name.isEmpty ? report.modelPath : report.configuration.name
        return HTMLPage(
            title: "Comparison of \(name)", style: Self.style, body: body(name, view.verdict),
            data: [("report", view.json)], script: Self.script
        ).text
    }

    private func body(_ name: String, _ verdict: [String]) -> String {
        let lines = verdict.enumerated().map { index, line in
            index == 0 ? "<h2>\(line.escapedForHTML)</h2>" : "<p>\(line.escapedForHTML)</p>"
        }
        return """
            <header>
            <p class="kind">llamarada compare</p>
            <h1>\(name.escapedForHTML)</h1>
            <p class="sides"><b>\(report.actualName.escapedForHTML)</b> against \
            <b>\(report.expectedName.escapedForHTML)</b></p>
            </header>
            <section class="verdict \(report.result.passes ? "good" : "bad")">
            \(lines.joined(separator: "\n"))
            </section>
            <section id="facts"></section>
            <section>
            <div class="head"><h2>Layer by layer</h2><span id="choices"></span></div>
            <p id="explanation"></p>
            <div id="map"></div>
            <div id="legend"></div>
            </section>
            <section><h2>Next-token distributions</h2><div id="logits"></div></section>
            <section><details><summary>Every tensor</summary><div id="table"></div></details></section>
            <div id="tip" hidden></div>
            <noscript><p>The heat map and the tables need JavaScript; the verdict above does not.</p></noscript>
            """
    }
}
