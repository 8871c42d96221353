import LlamaradaChat
import Testing

/// What lines at the prompt mean.
@Suite struct MessageLinesTests {
    private func entries(_ text: [String]) -> [MessageLines.Entry] {
        var lines = MessageLines()
        return text.compactMap { lines.append($0) } + [lines.finish()].compactMap { $0 }
    }

    private static let cases: [([String], [MessageLines.Entry])] = [
        (["hello"], [.message("hello")]), ([""], []), (["", "a", ""], [.message("a")]), ([" "], [.message(" ")]),
        (["a \\", "b\\", "", "c"], [.message("a \nb\n"), .message("c")]), (["\\", "x"], [.message("\nx")]),
        (["\"\"\"", "a", "", "/b \\", "\"\"\"", "c"], [.message("a\n\n/b \\"), .message("c")]),
        (["\"\"\"one\"\"\""], [.message("one")]), (["\"\"\"/clear", "x\"\"\""], [.message("/clear\nx")]),
        (["\"\"\"", "\"\"\""], []), (["\"\"\"", "open"], [.message("open")]), (["a\\"], [.message("a")]),
        (["/help"], [.command("help", argument: "")]), (["/"], [.command("", argument: "")]),
        (["/save  a b.json "], [.command("save", argument: "a b.json")]), ([" /help"], [.message(" /help")]),
        (["/a\\", "b"], [.message("/a\nb")]),
    ]

    @Test(arguments: cases.indices) func lines(_ index: Int) {
        let (lines, expected) = Self.cases[index]
        #expect(entries(lines) == expected, "\(lines)")
    }

    @Test func endlessMessagesAreRefused() {
        var lines = MessageLines()
        let long = String(repeating: "x", count: 1 << 20) + "\\"
        var refused: MessageLines.Entry?
        for _ in 0..<20 where refused == nil { refused = lines.append(long) }
        #expect(refused == .tooLong && !lines.isPending)
    }
}
