import ArgumentParser
import Llamarada
import LlamaradaLab
import LlamaradaText

/// Where a prompt comes from; the text must be given.
struct PromptArguments: ParsableArguments {
    @OptionGroup var source: PromptSource

    var special: Bool { source.special }

    func validate() throws {
        if !source.isGiven { throw ValidationError("Give the text with either -p or -f.") }
    }

    /// The text's bytes; those of a file may be anything.
    func bytes() throws -> [UInt8] { try source.bytes() }
}

/// Where a text comes from, for a command that may do without.
struct PromptSource: ParsableArguments {
    @OptionGroup var given: TextSource

    @Flag(help: "Take special tokens written in the text, such as <|im_start|>, as such.")
    var special = false

    var isGiven: Bool { given.isGiven }

    /// The text; bytes that are not UTF-8 are repaired.
    func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// The text's bytes; those of a file may be anything.
    func bytes() throws -> [UInt8] { try given.bytes() }
}

/// A text that is given as an argument or as a file.
struct TextSource: ParsableArguments {
    @Option(
        name: [.customShort("p"), .long], parsing: .unconditional, help: .init("The text.", valueName: "text"))
    var prompt: String?

    @Option(
        name: [.customShort("f"), .long], parsing: .unconditional,
        help: .init(
            "A file with the text, - for standard input; one newline at its end is left off.", valueName: "file"),
        completion: .file())
    var file: String?

    func validate() throws {
        if prompt != nil && file != nil { throw ValidationError("Give the text with either -p or -f.") }
        if let problem = ProcessArguments.problem(ofText: prompt, "-p") { throw ValidationError(problem) }
    }

    var isGiven: Bool { prompt != nil || file != nil }

    /// The text's bytes; those of a file may be anything.
    func bytes() throws -> [UInt8] {
        if let prompt { return Array(prompt.utf8) }
        var bytes = try TextFile.read(file ?? "")
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }
}

extension LanguageModel {
    /// The tokens of a text with those that the model wants around it.
    func tokens(of text: [UInt8], special: Bool) -> [TokenID] {
        tokenizer.encode(text, addSpecial: true, parseSpecial: special)
    }
}
