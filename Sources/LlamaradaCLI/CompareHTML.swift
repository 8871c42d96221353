import Llamarada

/// A comparison as one page that needs nothing else: no network, no other file.
struct CompareHTML {
    let report: ComparisonReport

    init(_ report: ComparisonReport) { self.report = report }

    /// The whole document.
    var page: String {
        let view = CompareReport(report)
        // "<" would end the script element early where a token's text contains "</script>".
        let data = view.json.text.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
        let name = report.configuration.name.isEmpty ? report.modelPath : report.configuration.name
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Comparison of \(name.escapingHTML)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <header>
            <p class="kind">llamarada compare</p>
            <h1>\(name.escapingHTML)</h1>
            <p class="sides"><b>\(report.actualName.escapingHTML)</b> against <b>\(report.expectedName.escapingHTML)</b></p>
            </header>
            <section class="verdict \(report.result.passes ? "good" : "bad")">
            \(view.verdict.enumerated().map { $0 == 0 ? "<h2>\($1.escapingHTML)</h2>" : "<p>\($1.escapingHTML)</p>" }
                .joined(separator: "\n"))
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
            <script>const report = \(data);
            \(Self.script)</script>
            </body>
            </html>

            """
    }
}

extension String {
    /// The text with HTML's special characters spelled out.
    var escapingHTML: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
