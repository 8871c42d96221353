import ArgumentParser
import Glibc

/// The command line of Llamarada: one subcommand a file.
@main
struct LlamaradaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llamarada",
        abstract: "Run, profile and check Llama-family language models on any GPU with a Vulkan driver.",
        subcommands: [
            RunCommand.self,
            ScoreCommand.self,
            TokenizeCommand.self,
            InspectCommand.self,
            DevicesCommand.self,
            PerplexityCommand.self,
            CompareCommand.self,
            ProfileCommand.self,
            BenchCommand.self,
            DoctorCommand.self,
            ShadersCommand.self,
            SynthCommand.self,
        ])

    /// Parses, runs, and turns every error into one line on stderr and an exit status.
    static func main() async {
        // A reader that goes away ends the process quietly, also where the parent had that signal ignored.
        signal(SIGPIPE, SIG_DFL)
        do {
            if let name = RepeatedOption.first(in: CommandLine.arguments.dropFirst()) {
                throw UsageError(line: "\(name) is given twice: which of the values is meant?")
            }
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let (status, line) = ExitStatus.of(error) else { exit(withError: error) }
            if let line { StandardOutput.writeError(line: line) }
            end(status)
        }
        end(0)
    }

    /// Ends the process without its libraries' exit handlers: those of a driver may run while the engine's thread still
    /// frees the device, and have crashed then.
    private static func end(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}
