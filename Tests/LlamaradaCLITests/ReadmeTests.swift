import Foundation
import Testing

/// README.md says what the program is.
@Suite struct ReadmeTests {
    private let text: String

    init() throws { text = try String(contentsOf: Fixtures.root.appending(path: "README.md"), encoding: .utf8) }

    @Test func namesEveryCommandAndNoOther() throws {
        let rows = text.matches(of: #/(?m)^\| `([a-z]+)` \|/#).map { String($0.1) }
        #expect(Set(rows) == Set(HelpTests.commands))
        let help = try Program.run("--help").output.matches(of: #/(?m)^  ([a-z]+)  +[A-Z]/#).map { String($0.1) }
        #expect(Set(help) == Set(HelpTests.commands))
    }

    @Test func optionsExist() throws {
        let known = try Set(HelpTests.commands.flatMap { try Option.all(of: $0).flatMap(\.names) })
        for word in text.matches(of: #/llamarada [a-z]+[^`\n]*|`-[^`]*`/#).map({ String($0.output) }) {
            for option in word.matches(of: #/(?:^|[ `])(--?[a-z][a-z-]*)/#).map({ String($0.1) }) {
                #expect(known.contains(option), "\(option) in \(word)")
            }
        }
    }

    @Test func linkedFilesExist() {
        for link in text.matches(of: #/\]\(([^)#:]+)\)/#).map({ String($0.1) }) {
            #expect(FileManager.default.fileExists(atPath: Fixtures.root.appending(path: link).path()), "\(link)")
        }
    }
}
