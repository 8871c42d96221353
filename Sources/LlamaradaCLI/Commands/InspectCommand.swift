import ArgumentParser
import LlamaradaReports
import LlamaradaTensors

/// `llamarada inspect FILE` or `inspect -m FILE`: what a model file holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show a GGUF file's metadata, tensors, parameter count and bits a weight.")

    @Argument(help: "The model file.", completion: .file(extensions: ["gguf"]))
    var file: String?

    @Option(
        name: [.customShort("m"), .long], parsing: .unconditional,
        help: .init("The model file, named as for the other commands.", valueName: "file"),
        completion: .file(extensions: ["gguf"]))
    var model: String?

    @Flag(help: "Print one JSON object, with every array whole.")
    var json = false

    func validate() throws {
        if file == nil && model == nil { throw ValidationError("Missing expected argument '<file>'.") }
        if file != nil && model != nil { throw ValidationError("Give the file either as '<file>' or with -m.") }
    }

    func run() throws {
        let report = InspectReport(try GGUFFile.open(path: model ?? file ?? ""))
        try StandardOutput.write(json ? report.json.text + "\n" : report.text)
    }
}
