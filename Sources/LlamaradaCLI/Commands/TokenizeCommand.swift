import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaReports
import LlamaradaTensors
import LlamaradaText

/// `llamarada tokenize`: text to token ids, or back.
struct TokenizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Turn a text into the model's tokens, or token ids back into text.")

    @Option(
        name: [.customShort("m"), .long], parsing: .unconditional,
        help: .init(
            "The model: a GGUF file, or a folder of Hugging Face's or Meta's; its matrices are not read.",
            valueName: "file"),
        completion: .file(extensions: ["gguf"]))
    var model: String

    @Option(
        name: [.customShort("p"), .long], parsing: .unconditional, help: .init("The text.", valueName: "text"))
    var prompt: String?

    @Option(
        name: [.customShort("f"), .long], parsing: .unconditional,
        help: .init("A file with the text, - for standard input; its bytes are taken as they are.", valueName: "file"),
        completion: .file())
    var file: String?

    @Option(
        parsing: .unconditional,
        help: .init("Token ids to turn back into text, separated by commas or spaces.", valueName: "ids"))
    var ids: String?

    @Flag(help: "Take special tokens written in the text as such; show them in text made from ids.")
    var special = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if [prompt, file, ids].count(where: { $0 != nil }) != 1 {
            throw ValidationError("Give either a text with -p or -f, or ids with --ids.")
        }
        if let problem = ProcessArguments.problem(ofText: prompt, "-p") { throw ValidationError(problem) }
        _ = try parsedIDs()
    }

    func run() throws {
        let text = try file.map { try TextFile.read($0) } ?? prompt.map { Array($0.utf8) }
        let tokenizer = try Tokenizer(gguf: try GGUFFile.open(path: model))
        if let text {
            let tokens = tokenizer.encode(text, addSpecial: true, parseSpecial: special)
            let shown = String(decoding: text, as: UTF8.self)
            try print(TokenList(tokens: tokens, text: shown, vocabulary: tokenizer.vocabulary))
        } else {
            let tokens = try parsedIDs()
            for token in tokens where !tokenizer.vocabulary.contains(token) {
                throw UsageError(line: "Token \(token) is not in the vocabulary of \(tokenizer.vocabulary.count).")
            }
            let text = String(decoding: tokenizer.decode(tokens, showSpecial: special), as: UTF8.self)
            guard json else { return try StandardOutput.write(text + "\n") }
            try print(TokenList(tokens: tokens, text: text, vocabulary: tokenizer.vocabulary))
        }
    }

    private func print(_ list: TokenList) throws {
        try StandardOutput.write(json ? list.json.text + "\n" : list.lines)
    }

    private func parsedIDs() throws -> [TokenID] {
        try (ids ?? "").split { $0 == "," || $0 == " " }.map { word in
            guard let id = TokenID(word) else { throw ValidationError("'\(word)' in --ids is not a token id.") }
            return id
        }
    }
}
