import Foundation
import Glibc
import Testing

/// Conversations in a terminal.
@Suite(.serialized) final class ChatTerminalTests {
    private let template = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).jinja")

    init() throws { try Data(ChatTests.template.utf8).write(to: template) }

    deinit { try? FileManager.default.removeItem(at: template) }

    private func start(_ arguments: String..., environment: [String: String] = [:]) throws -> Terminal {
        let chat = ["chat", "-m", Fixtures.model("q8_0"), "--chat-template-file", template.path(), "--temp", "0"]
        let terminal = try Terminal(chat + arguments, environment: environment)
        try terminal.wait(for: Terminal.prompt)
        return terminal
    }

    /// With an editor, and without one.
    @Test(arguments: ["xterm", "dumb"]) func turnsAndTheEnd(_ kind: String) throws {
        let terminal = try start("-n", "6", environment: ["TERM": kind])
        #expect(terminal.shown.contains("/help lists the commands"))
        terminal.type("one\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("0 reused"))
        terminal.type("two \\\n")
        try terminal.wait(for: "\n. ")
        terminal.type("three\n")
        #expect(try !terminal.wait(for: Terminal.prompt).contains(" 0 reused"))
        terminal.type("\u{4}")
        #expect(terminal.finish() == 0 && terminal.isAsBefore)
    }

    /// Where libedit is told to leave lines alone, the terminal gathers them.
    @Test func withoutEditing() throws {
        let settings = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).editrc")
        try Data("edit off\n".utf8).write(to: settings)
        defer { try? FileManager.default.removeItem(at: settings) }
        let terminal = try start("-n", "3", environment: ["EDITRC": settings.path()])
        terminal.type("onf\u{7F}e\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("0 reused"))
        terminal.type("/system a\u{7F}b\n")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("/system\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("\nb\n"))
        terminal.type("\u{4}")
        #expect(terminal.finish() == 0 && terminal.isAsBefore)
    }

    @Test func exit() throws {
        let terminal = try start()
        terminal.type("/exit\n")
        #expect(terminal.finish() == 0)
    }

    /// What is typed can be changed, also where characters have several bytes, and comes again.
    @Test func editing() throws {
        let terminal = try start()
        terminal.type("/system né😀x\u{7F}\u{7F}\u{1}\u{5}!\n")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("/system\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("\nné!\n"))
        terminal.type("\u{1B}[A\u{1B}[A?\n")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("/system\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("\nné!?\n"))
        // A tabulator is no question.
        terminal.type("/system a\tb\n")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("\u{4}")
        #expect(terminal.finish() == 0)
    }

    /// Ctrl-C stops an answer of a hundred thousand tokens, and not the program.
    @Test(arguments: ["xterm", "dumb"]) func interruptingAnAnswer(_ kind: String) throws {
        let terminal = try start("--ignore-eos", "-c", "100000", environment: ["TERM": kind])
        for _ in 0..<3 {
            terminal.type("Hello\n")
            try terminal.wait(for: "\n")
            Thread.sleep(forTimeInterval: 0.2)
            terminal.type("\u{3}")
            // On a machine that is busy, before it began.
            try terminal.wait(for: "(stopped")
            try terminal.wait(for: Terminal.prompt)
        }
        terminal.type("/exit\n")
        #expect(terminal.finish() == 0)
    }

    /// Once it says how to leave, twice in a row it leaves.
    @Test(arguments: ["xterm", "dumb"]) func interruptingThePrompt(_ kind: String) throws {
        let terminal = try start("-n", "3", environment: ["TERM": kind])
        terminal.type("half a messa\u{3}")
        try terminal.wait(for: "once more leaves")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("one\n")
        #expect(try terminal.wait(for: Terminal.prompt).contains("0 reused"))
        terminal.type("\u{3}")
        try terminal.wait(for: "once more leaves")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("\u{3}")
        #expect(terminal.finish() == 130 && terminal.isAsBefore)
    }

    /// A message that is not finished is forgotten.
    @Test func interruptingABlock() throws {
        let terminal = try start("-n", "3")
        terminal.type("\"\"\"\n")
        try terminal.wait(for: "\n. ")
        terminal.type("a\u{3}")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("/system\n")
        try terminal.wait(for: "There is no system message.")
        try terminal.wait(for: Terminal.prompt)
        terminal.type("\u{4}")
        #expect(terminal.finish() == 0)
    }

    @Test(arguments: [SIGTERM, SIGHUP]) func otherSignalsEndIt(_ number: Int32) throws {
        let terminal = try start()
        try terminal.signal(number)
        #expect(terminal.finish() == 128 + number && terminal.isAsBefore)
    }

    /// The conversation goes on behind what failed.
    @Test func failuresAreSaid() throws {
        let terminal = try start("-c", "100", "-n", "3")
        for (line, words) in [
            ("/bogus", "There is no command '/bogus'"), ("/load nowhere", "nowhere: can't be opened"),
            ("refused", "Not this"),
            (String(repeating: "word ", count: 150), "the context holds 100"), ("one", "0 reused"),
        ] {
            terminal.type(line + "\n")
            try terminal.wait(for: words)
            try terminal.wait(for: Terminal.prompt)
        }
        terminal.type("\u{4}")
        #expect(terminal.finish() == 0)
    }
}
