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
            DoctorCommand.self,
            PerplexityCommand.self,
            SynthCommand.self,
        ])

    /// Parses, runs, and turns every error into one line on stderr and an exit status.
    static func main() async {
        // A reader that goes away ends the process quietly, also where the parent had that signal ignored.
        signal(SIGPIPE, SIG_DFL)
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let (status, line) = ExitStatus.of(error) else { exit(withError: error) }
            if let line { StandardOutput.writeError(line: line) }
            Glibc.exit(status)
        }
    }
}
