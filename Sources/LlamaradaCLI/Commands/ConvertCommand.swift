import ArgumentParser
import Llamarada
import LlamaradaTensors

/// `llamarada convert IN OUT`: a model of another format as a GGUF file.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model of Hugging Face's or Meta's as a GGUF file.",
        discussion: """
            <in> is a folder with config.json, safetensors files and tokenizer.json or tokenizer.model, of llama, mistral, \
            qwen2, qwen3 or gemma3_text; or one of Meta's with params.json, consolidated.00.pth and its further shards, and \
            tokenizer.model there or in the folder above, whose files are compared with checklist.chk first. \
            Weights keep their type unless --type says otherwise; one pass, and no copy in between. A GGUF \
            file is taken too: parts of a split model become one file.

            <out> appears when it is complete: a process that is killed leaves the old file or none.
            """)

    @Argument(help: "The model: a folder.", completion: .directory)
    var `in`: String

    @Argument(help: "The GGUF file to write.", completion: .file(extensions: ["gguf"]))
    var out: String

    @Option(help: "How weights are stored; the types of 'llamarada quantize'. (default: as they are)")
    var type: QuantizationPreset?

    @OptionGroup var output: ModelOutputOptions

    func validate() throws {
        if out.isEmpty { throw ValidationError("The file to write needs a name, not ''.") }
    }

    func run() throws {
        let file = try GGUFFile.open(path: `in`)
        // What nothing could run is not written.
        if HuggingFaceFolder.isOne(`in`) || MetaFolder.isOne(`in`) { _ = try ModelConfiguration(gguf: file) }
        if MetaFolder.isOne(`in`) {
            try MetaFolder(CheckpointFolder(path: `in`), above: CheckpointFolder(path: `in` + "/..")).verify()
        }
        let plan =
            try type.map { try QuantizationPlan($0, for: file, allowsRequantization: false) }
            ?? QuantizationPlan(copying: file)
        try output.write(file, plan, to: out, inputs: [`in`])
    }
}
