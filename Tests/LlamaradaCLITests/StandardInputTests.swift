import Foundation
import Testing

/// `-f -`, and streams that are closed.
@Suite struct StandardInputTests {
    private static let model = "-m '\(Fixtures.model("f32"))'"

    @Test(arguments: ["run -n 9 --temp 0", "score", "tokenize"]) func readsStandardInput(_ command: String) throws {
        let direct = try Program.shell("exec \"$llamarada\" \(command) \(Self.model) -p Hello")
        let piped = try Program.shell("printf Hello | \"$llamarada\" \(command) \(Self.model) -f -")
        #expect(direct.status == 0 && !direct.outputBytes.isEmpty)
        #expect(piped.status == 0 && piped.outputBytes == direct.outputBytes, "\(piped.errors)")
    }

    @Test func perplexityReadsStandardInput() throws {
        let words = "for i in {1..400}; do printf 'Hello world '; done"
        let options = "perplexity \(Self.model) -c 32 --chunks 2 --backend cpu"
        let piped = try Program.shell("(\(words)) | \"$llamarada\" \(options) -f -")
        let file = try Program.shell("exec \"$llamarada\" \(options) -f <(\(words))")
        #expect(piped.status == 0 && piped.output == file.output && !piped.output.isEmpty, "\(piped.errors)")
    }

    @Test func closedInput() throws {
        let program = try Program.shell("exec \"$llamarada\" run \(Self.model) -f - <&-")
        #expect(program.status == 5 && program.errors.hasPrefix("standard input"), "\(program.errors)")
        #expect(program.errors.contains("closed") && program.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: ["run -p a -n 1", "run -p a -n 1 --backend cpu", "tokenize -p a", "inspect"])
    func closedOutput(_ command: String) throws {
        let program = try Program.shell("exec \"$llamarada\" \(command) \(Self.model) >&-")
        #expect(program.status == 5, "\(program.status)")
        #expect(program.errors.hasPrefix("standard output is closed"), "\(program.errors)")
        #expect(program.errors.split(separator: "\n").count == 1)
    }

    @Test func closedErrors() throws {
        let program = try Program.shell("exec \"$llamarada\" run \(Self.model) -p Hello -n 1 --temp 0 2>&-")
        #expect(program.status == 0 && program.output == "9")
    }
}
