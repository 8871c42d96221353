import ArgumentParser
import Llamarada
import LlamaradaGrammar
import LlamaradaTensors

/// What a text must follow; names are llama.cpp's.
struct ConstraintArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init("A grammar in GBNF that the text follows; it ends where the grammar does.", valueName: "grammar"))
    var grammar: String?

    @Option(help: .init("The same in a file, - for standard input.", valueName: "file"), completion: .file())
    var grammarFile: String?

    @Option(
        name: [.customShort("j"), .long], parsing: .unconditional,
        help: .init("A JSON schema that the text is valid by; {} allows any JSON.", valueName: "schema"))
    var jsonSchema: String?

    @Option(
        name: [.customLong("jf", withSingleDash: true), .long],
        help: .init("The same in a file, - for standard input.", valueName: "file"), completion: .file())
    var jsonSchemaFile: String?

    func validate() throws {
        if given.count > 1 { throw ValidationError("Give either \(given[0].name) or \(given[1].name).") }
        for (name, text) in [("--grammar", grammar), ("--json-schema", jsonSchema)] {
            if let problem = ProcessArguments.problem(ofText: text, name) { throw ValidationError(problem) }
        }
    }

    private var given: [(name: String, value: String)] {
        [
            ("--grammar", grammar), ("--grammar-file", grammarFile), ("--json-schema", jsonSchema),
            ("--json-schema-file", jsonSchemaFile),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// Says what of other options does not go with one that is given here; nil where all do.
    func problem(ignoresEnd: Bool, stops: [String]) -> String? {
        guard let name = given.first?.name else { return nil }
        if ignoresEnd { return "--ignore-eos goes on past the end that \(name) asks for: leave one out." }
        return stops.isEmpty ? nil : "-r would cut the text that \(name) asks for: leave one out."
    }

    /// What is asked for; nil where the text is free. Read, and its grammar tried, before a model is.
    ///
    /// - Throws: `UsageError` where it is wrong, `TextFile.Failure` where it cannot be read.
    func source() throws -> OutputConstraint.Source? {
        guard let (name, value) = given.first else { return nil }
        func file() throws -> String { String(decoding: try TextFile.read(value), as: UTF8.self) }
        let source: OutputConstraint.Source =
            if grammar != nil {
                .grammar(value)
            } else if grammarFile != nil {
                .grammar(try file())
            } else if jsonSchema != nil {
                .jsonSchema(value)
            } else {
                .jsonSchema(try file())
            }
        do {
            _ = try PushdownAutomaton(try source.grammar())
        } catch {
            throw UsageError(line: "\(name): \(error.commandLine)".escapingControls)
        }
        return source
    }
}
