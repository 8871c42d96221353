/// One self-contained HTML page: nothing of it comes from a network, and its policy forbids to try.
///
/// It follows the reader's dark or light setting; `style`, `body` and `script` use the variables of `baseStyle`.
struct HTMLPage {
    var title: String
    /// CSS after the base style.
    var style = ""
    /// HTML, its texts already escaped.
    var body: String
    /// Data for the script: elements by id, to be read with `JSON.parse(document.getElementById(id).textContent)`.
    var data: [(id: String, json: JSON)] = []
    /// JavaScript, run when all of the page is there.
    var script = ""

    /// The whole document.
    var text: String {
        let data = self.data.map {
            "<script type=\"application/json\" id=\"\($0.id.escapedForHTML)\">\(Self.embedded($0.json))</script>\n"
        }.joined()
        return """
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
            \(Self.baseStyle)
            \(style)
            </style>
            </head>
            <body>
            \(body)
            \(data)<script>
            "use strict";
            \(script)
            document.documentElement.dataset.ready = "true";
            </script>
            </body>
            </html>

            """
    }

    /// JSON that no "</script>" or "<!--" can end.
    private static func embedded(_ json: JSON) -> String {
        json.text.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
    }

    private static let baseStyle = """
        :root {
          --page: #fbfaf8; --panel: #ffffff; --ink: #1f2328; --quiet: #626a73; --line: #dcd9d3; --accent: #c2410c;
          --good: #1a7f37; --bad: #b3261e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #14161a; --panel: #1c1f24; --ink: #e8e6e3; --quiet: #9aa3ad; --line: #343a42; --accent: #fb923c;
            --good: #4ac26b; --bad: #ff8a80;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 1.5rem; max-width: 84rem; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, sans-serif;
        }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
        h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
        p { margin: 0 0 .5rem; }
        .quiet { color: var(--quiet); }
        section {
          background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin-top: 1rem;
          overflow-x: auto;
        }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .25rem .45rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { color: var(--quiet); font-weight: 600; }
        th.text, td.text { text-align: left; }
        tbody tr:hover { background: color-mix(in srgb, var(--accent) 10%, transparent); }
        """
}

extension String {
    /// The text as HTML shows it, between tags or in a quoted attribute.
    var escapedForHTML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
