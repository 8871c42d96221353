import LlamaradaLab

extension CompareReport {
    /// The comparison as one page that needs nothing else: no network, no other file.
    package var page: HTMLPage {
        HTMLPage(
            title: "Comparison of \(modelName)", styles: [PageFiles.compareCSS], body: body, report: json,
            scripts: [PageFiles.compareJS, PageFiles.logitsJS])
    }

    private var body: String {
        let lines = verdict.enumerated().map { index, line in
            index == 0 ? "<h2>\(line.escapedForHTML)</h2>" : "<p>\(line.escapedForHTML)</p>"
        }
        let tensors = CompareColumns.page.html(result.tensors) { $0.isCause ? "over" : nil }
        return """
            <header>
            <p class="kind">llamarada compare</p>
            <h1>\(modelName.escapedForHTML)</h1>
            <p class="quiet"><b>\(report.actualName.escapedForHTML)</b> against \
            <b>\(report.expectedName.escapedForHTML)</b></p>
            </header>
            <section class="verdict \(result.passes ? "good" : "bad")">
            \(lines.joined(separator: "\n"))
            </section>
            <div class="cards" id="facts"></div>
            <section>
            <div class="head"><h2>Layer by layer</h2><div class="choices" id="choices"></div></div>
            <p class="quiet" id="explanation"></p>
            <div id="map"></div>
            <div class="legend" id="legend"></div>
            </section>
            <section><h2>Next-token distributions</h2><div id="logits"></div></section>
            <section><details><summary>Every tensor</summary>\(tensors)</details></section>
            <noscript><p>The heat map needs JavaScript; the verdict above and the table do not.</p></noscript>
            """
    }
}
