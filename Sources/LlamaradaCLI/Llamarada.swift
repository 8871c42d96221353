import ArgumentParser
import Glibc
import Llamarada
import LlamaradaReports
import LlamaradaTensors
import LlamaradaThreads

/// The command line of Llamarada: one subcommand a file.
@main
struct LlamaradaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llamarada",
        abstract: "Run, profile and check Llama-family language models on any GPU with a Vulkan driver.",
        version: "llamarada \(BuildInfo.stamp.versionAndCommit)",
        subcommands: [
            RunCommand.self,
            ChatCommand.self,
            ServeCommand.self,
            ScoreCommand.self,
            TokenizeCommand.self,
            InspectCommand.self,
            DevicesCommand.self,
            PlanCommand.self,
            PerplexityCommand.self,
            CompareCommand.self,
            ProfileCommand.self,
            BenchCommand.self,
            DoctorCommand.self,
            ShadersCommand.self,
            ConvertCommand.self,
            QuantizeCommand.self,
            ImatrixCommand.self,
            SynthCommand.self,
        ])

    /// Parses, runs, and turns every error into one line on stderr and an exit status.
    static func main() async {
        // Readers that go away and files that may not grow are errors of the writing, after which files are cleaned up.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        StandardStreams.fillClosed()
        do {
            try check(ProcessArguments.all)
            var command = try parseAsRoot(ProcessArguments.all)
            try checkLimits(of: command)
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

    /// Refuses what the parser takes in silence.
    private static func check(_ arguments: [String]) throws {
        if let name = RepeatedOption.first(in: arguments) {
            throw UsageError(line: "\(name) is given twice: which of the values is meant?")
        }
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard arguments.first == "help" else { return }
        let words = arguments.dropFirst().filter { !$0.hasPrefix("-") }
        if let name = words.first, !commands.contains(name) {
            throw UsageError(
                line: "There is no command '\(name.escapingControls)'. 'llamarada --help' lists them all.")
        }
        if words.count > 1 {
            throw UsageError(line: "help explains one command, not also '\(words[1].escapingControls)'.")
        }
    }

    /// Throws where the system does not give what a command is going to need, instead of waiting for ever.
    private static func checkLimits(of command: any ParsableCommand) throws {
        switch command {
        case is LlamaradaCommand: return
        // One more waits for lines.
        case is ChatCommand: try SystemLimits.requireThreads(6)
        // The tasks' pool, the engine, the signals and Dispatch's own manager; on two cores 5 were needed.
        case is any AsyncParsableCommand: try SystemLimits.requireThreads(5)
        // The signals alone.
        case is ProfileCommand, is BenchCommand, is DoctorCommand, is ShadersCommand, is ConvertCommand,
            is QuantizeCommand, is ImatrixCommand, is SynthCommand:
            try SystemLimits.requireThreads(2)
        default: return
        }
        // With fewer than 3 Dispatch ends the process, with fewer than 7 there is no driver.
        try SystemLimits.requireFiles(7)
    }

    /// Ends the process without its libraries' exit handlers: those of a driver may run while the engine's thread still
    /// frees the device, and have crashed then.
    private static func end(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}
