import Foundation
import Testing

/// The built `llamarada`, run as people run it.
struct Program {
    var status: Int32
    var output: String
    var errors: String

    /// Runs the program that was built beside this test.
    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        try run(arguments: arguments, environment: environment)
    }

    /// The same with a list.
    static func run(arguments: [String], environment: [String: String] = [:]) throws -> Program {
        let process = Process()
        // The test runner is named in the arguments or lies beside its bundle, by how the tests were started.
        let runner = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [runner]
        process.executableURL = folders.map { $0.appending(path: "llamarada") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path()) }
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let outputBytes = output.fileHandleForReading.readDataToEndOfFile()
        let errorBytes = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Program(
            status: process.terminationStatus, output: String(decoding: outputBytes, as: UTF8.self),
            errors: String(decoding: errorBytes, as: UTF8.self))
    }
}

@Suite struct HelpTests {
    @Test func helpNamesEveryCommand() throws {
        let program = try Program.run("--help")
        #expect(program.status == 0)
        for command in ["run", "score", "tokenize", "inspect", "devices"] { #expect(program.output.contains(command)) }
    }
}
