// EmbedFiles: text files in, one Swift file with a string for each out.
//
//   EmbedFiles --type NAME --output FILE.swift FILE…
//
// `toolkit.js` becomes `NAME.toolkitJS`, a raw string: one token to the Swift compiler. `NAME.all` lists them by their
// files' names. A script or style that could end its own element in an HTML page is an error,
// `file:line: error: message`.

import Foundation

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

/// What ends a script or style, or hides its end, wherever it stands.
let forbidden = ["</script", "</style", "<!--", "<script"]

func check(_ text: String, _ path: String) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        for word in forbidden where line.lowercased().contains(word) {
            fail("\(path):\(index + 1): error: '\(word)' would end or open an element of the page: take it apart")
        }
    }
}

/// A raw string literal with as many number signs as nothing in the text has.
func literal(_ text: String) -> String {
    var signs = "#"
    while text.contains("\"\"\"" + signs) || text.contains("\\" + signs) { signs += "#" }
    return "\(signs)\"\"\"\n\(text)\n\"\"\"\(signs)"
}

/// Takes an option and its value out of the arguments.
func option(_ name: String, of words: inout [String]) -> String {
    guard let index = words.firstIndex(of: name), index + 1 < words.count else {
        fail("usage: EmbedFiles --type NAME --output FILE.swift FILE…")
    }
    defer { words.removeSubrange(index...index + 1) }
    return words[index + 1]
}

var words = Array(CommandLine.arguments.dropFirst())
let type = option("--type", of: &words)
let output = option("--output", of: &words)
var members: [String] = []
var entries: [String] = []
for path in words {
    let url = URL(filePath: path)
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
        fail("\(path):1: error: is no text in UTF-8")
    }
    if url.pathExtension != "html" { check(text, path) }
    let name = url.deletingPathExtension().lastPathComponent + url.pathExtension.uppercased()
    members.append("/// \(url.lastPathComponent).\nstatic let \(name): StaticString = \(literal(text))\n")
    entries.append("        (\"\(url.lastPathComponent)\", \(name)),\n")
}
do {
    members.append(
        "/// Every file by its name.\nstatic let all: [(name: String, text: StaticString)] = [\n\(entries.joined())]\n")
    let text = "// Generated. Do not edit.\nenum \(type) {\n\(members.joined(separator: "\n"))}\n"
    try text.write(toFile: output, atomically: true, encoding: .utf8)
} catch {
    fail("\(output):1: error: \(error)")
}
