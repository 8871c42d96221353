/// One self-contained HTML page: nothing of it comes from a network, and its policy forbids to try.
///
/// Every page has the toolkit of `Pages/`: `page.css`, which follows the reader's dark or light setting, and
/// `toolkit.js`. Styles and scripts of its own come after them.
package struct HTMLPage {
    var title: String
    /// CSS files after the toolkit's.
    var styles: [StaticString] = []
    /// HTML, its texts already escaped.
    var body: String
    /// What the scripts read as `report`.
    var report: JSON
    /// JavaScript files, run in this order when all of the page is there.
    var scripts: [StaticString] = []

    /// The whole document.
    package var text: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
        script-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        <title>\(title.escapedForHTML)</title>
        <style>
        \(Self.joined([PageFiles.pageCSS] + styles))
        </style>
        </head>
        <body>
        \(body)
        <div id="tip" role="tooltip" hidden></div>
        <script type="application/json" id="report">\(report.text.replacing("<", by: "\\u003c"))</script>
        <script>
        "use strict";
        \(Self.joined([PageFiles.toolkitJS] + scripts))
        document.documentElement.dataset.ready = "true";
        </script>
        </body>
        </html>

        """
    }

    /// The files below each other. None may end its element, which is seen when they are embedded.
    private static func joined(_ files: [StaticString]) -> String { files.map(\.description).joined(separator: "\n") }
}
