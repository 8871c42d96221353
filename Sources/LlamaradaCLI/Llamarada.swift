import ArgumentParser

/// The command line of Llamarada: one subcommand a file.
@main
struct LlamaradaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llamarada",
        abstract: "Run, profile and check Llama-family language models on any GPU with a Vulkan driver.",
        subcommands: [])
}
