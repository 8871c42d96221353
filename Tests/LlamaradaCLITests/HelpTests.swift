import Foundation
import Testing

@Suite struct HelpTests {
    static let commands = [
        "run", "chat", "serve", "score", "tokenize", "inspect", "devices", "plan", "perplexity", "compare", "profile",
        "bench", "doctor", "shaders", "convert", "quantize", "imatrix", "synth",
    ]

    @Test(arguments: [["--help"], []]) func helpNamesEveryCommand(_ arguments: [String]) throws {
        let program = try Program.run(arguments)
        #expect(program.status == 0)
        for command in Self.commands { #expect(program.output.contains("\n  \(command) ")) }
    }

    @Test(arguments: commands) func everyCommandHasHelp(_ command: String) throws {
        for arguments in [[command, "--help"], ["help", command]] {
            let program = try Program.run(arguments, environment: Program.noDriver)
            #expect(program.status == 0 && program.errors.isEmpty)
            #expect(program.output.contains("USAGE: llamarada \(command)"))
        }
    }

    /// Every option of every command has a line of help that ends in a full stop before its defaults.
    @Test(arguments: commands) func everyOptionIsExplained(_ command: String) throws {
        for option in try Option.all(of: command) {
            let help = try #require(option.abstract, "\(command) \(option.names)")
            #expect(help.contains("."), "\(command) \(option.names): \(help)")
        }
    }
}

/// An option as the program describes it to tools.
struct Option {
    var names: [String]
    var takesValue: Bool
    var isRepeating: Bool
    var abstract: String?

    static func all(of command: String) throws -> [Option] {
        let program = try Program.run(command, "--experimental-dump-help")
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(program.outputBytes)) as? [String: Any])
        let description = try #require(json["command"] as? [String: Any])
        return try #require(description["arguments"] as? [[String: Any]]).map { argument in
            Option(
                names: (argument["names"] as? [[String: String]] ?? []).map { name in
                    (name["kind"] == "long" ? "--" : "-") + (name["name"] ?? "")
                },
                takesValue: argument["kind"] as? String == "option",
                isRepeating: argument["isRepeating"] as? Bool == true, abstract: argument["abstract"] as? String)
        }
    }
}
