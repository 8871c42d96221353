import Foundation
import Testing

/// `--grammar`, `--json-schema` and their files.
@Suite struct ConstraintCommandTests {
    private func run(_ arguments: String...) throws -> Program {
        try Program.run(["run", "-m", Fixtures.model("q8_0"), "-p", "the", "--temp", "1.5", "-s", "4"] + arguments)
    }

    @Test func textsFollow() throws {
        let word = try run("--grammar", "root ::= (\"yes\" | \"no\") \"!\"")
        #expect(word.status == 0 && ["yes!\n", "no!\n", "yes!", "no!"].contains(word.output), "\(word)")
        let list = try run("-j", #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}"#, "-np", "2")
        #expect(list.status == 0)
        for line in list.output.split(separator: "\n") where line.hasPrefix("[") {
            #expect(try JSONDecoder().decode([Int].self, from: Data(line.utf8)).count <= 3)
        }
        try Fixtures.withTemporaryPath("grammar") { path in
            try Data("root ::= [0-9]{4} # digits\n".utf8).write(to: URL(filePath: path))
            let digits = try run("--grammar-file", path)
            #expect(digits.status == 0 && digits.output.prefix(4).allSatisfy(\.isNumber), "\(digits)")
            try Data(#"{"const":[1]}"#.utf8).write(to: URL(filePath: path))
            #expect(try run("-jf", path).output.hasPrefix("[1]"))
        }
    }

    @Test func faultsAreUsage() throws {
        for (arguments, part) in [
            (["--grammar", "root ::= x"], "--grammar: rule 'x' is referred to and not defined"),
            (["--json-schema", #"{"not":{}}"#], "--json-schema: the schema at '#': keyword 'not' is not supported"),
            (["--json-schema", "{"], "no JSON"), (["--grammar", "root ::= root"], "never ends"),
            (["--grammar", "root ::= \"a\"", "-j", "{}"], "either --grammar or --json-schema"),
            (["--grammar", "root ::= \"a\"", "--ignore-eos"], "--ignore-eos"),
            (["--grammar", "root ::= \"a\"", "-r", "b"], "-r would cut"),
        ] {
            // The model is not there: what is wrong with the grammar is said before it is looked for.
            let program = try Program.run(["run", "-m", "nothing.gguf", "-p", "a"] + arguments)
            #expect(program.status == 64 && program.errors.contains(part), "\(arguments): \(program.errors)")
            #expect(program.output.isEmpty)
        }
        let missing = try run("--grammar-file", "/nothing")
        #expect(missing.status == 5)
    }
}
