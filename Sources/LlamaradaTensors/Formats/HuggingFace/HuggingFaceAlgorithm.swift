import LlamaradaErrors

/// Which algorithm of GGUF's tokenizers a `tokenizer.json` describes, by its normalizer and pre-tokenizer.
enum HuggingFaceAlgorithm: Sendable, Equatable {
    /// Byte-level BPE, with the name of the pre-tokenizer as in `tokenizer.ggml.pre`.
    case byteLevel(preTokenizer: String)
    /// BPE over characters with ▁ for spaces.
    case characters(addsSpacePrefix: Bool)

    /// Llama 3's pattern, but for how many digits stay together.
    private static func pattern(digits: String) -> String {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(digits)| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
            + "\\s+(?!\\S)|\\s+"
    }

    private static let patterns = [
        pattern(digits: "\\p{N}{1,3}"): "llama-bpe", pattern(digits: "\\p{N}"): "qwen2",
    ]

    init(_ fields: FieldReader) throws(CheckpointError) {
        let steps = Self.steps(fields["pre_tokenizer"], "pretokenizers")
        let normalizers = Self.steps(fields["normalizer"], "normalizers")
        if let last = steps.last, Self.kind(last) == "ByteLevel" {
            // NFC is left out, as by llama.cpp: a GGUF file has no place for it.
            guard normalizers.allSatisfy({ Self.kind($0) == "NFC" }) else {
                throw Self.unknown("normalizer", fields)
            }
            guard last["add_prefix_space"] != .bool(true) else { throw Self.unknown("pre_tokenizer", fields) }
            self = .byteLevel(preTokenizer: try Self.preTokenizer(Array(steps.dropLast()), last, fields))
        } else {
            self = .characters(addsSpacePrefix: try Self.addsSpacePrefix(normalizers, steps, fields))
        }
    }

    private static func preTokenizer(
        _ before: [JSONValue], _ byteLevel: JSONValue, _ fields: FieldReader
    ) throws(CheckpointError) -> String {
        // The library's default is to cut words by GPT-2's pattern.
        let cutsWords = byteLevel["use_regex"] != .bool(false)
        if before.isEmpty, cutsWords { return "gpt-2" }
        if before.count == 1, kind(before[0]) == "Digits", before[0]["individual_digits"] == .bool(true), cutsWords {
            return "smollm"
        }
        if before.count == 1, kind(before[0]) == "Split", before[0]["behavior"]?.text == "Isolated", !cutsWords,
            before[0]["invert"] != .bool(true), let name = patterns[before[0]["pattern"]?["Regex"]?.text ?? ""]
        {
            return name
        }
        throw unknown("pre_tokenizer", fields)
    }

    private static func addsSpacePrefix(
        _ normalizers: [JSONValue], _ steps: [JSONValue], _ fields: FieldReader
    ) throws(CheckpointError) -> Bool {
        var adds = false
        var replaces = false
        for step in normalizers {
            switch kind(step) {
            case "Prepend" where step["prepend"]?.text == "▁": adds = true
            case "Replace" where step["pattern"]?["String"]?.text == " " && step["content"]?.text == "▁":
                replaces = true
            default: throw unknown("normalizer", fields)
            }
        }
        for step in steps {
            switch kind(step) {
            case "Metaspace" where step["replacement"]?.text == "▁":
                replaces = true
                adds = step["prepend_scheme"]?.text.map { $0 != "never" } ?? (step["add_prefix_space"] != .bool(false))
            // Gemma's: no space is left to cut at.
            case "Split" where step["pattern"]?["String"]?.text == " " && replaces: break
            default: throw unknown("pre_tokenizer", fields)
            }
        }
        guard replaces else { throw unknown("pre_tokenizer", fields) }
        return adds
    }

    /// The steps of a sequence, or the only one.
    private static func steps(_ value: JSONValue?, _ name: String) -> [JSONValue] {
        guard let value else { return [] }
        return kind(value) == "Sequence" ? value[name]?.elements ?? [] : [value]
    }

    private static func kind(_ value: JSONValue) -> String { value["type"]?.text ?? "" }

    private static func unknown(_ name: String, _ fields: FieldReader) -> CheckpointError {
        let found = fields[name]?.encoded ?? "none"
        return CheckpointError(
            .unsupported, file: fields.file,
            problem: "'\(name)': expected that of Llama, Mistral, SmolLM, GPT-2, Qwen or Gemma, found "
                + String(found.prefix(200)),
            remedy: .other("Use a model with one of these tokenizers"))
    }
}
