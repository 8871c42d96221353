import Llamarada
import LlamaradaErrors
import LlamaradaTensors
import LlamaradaText

/// `manifest.json` of a trace: the tokens, and which file holds the tensors of which of them.
struct TraceManifest: Sendable {
    /// The file of one forward pass.
    struct Pass: Sendable {
        var file: String
        var position: Int
        var tokenCount: Int
        /// Its tensors in the order of computation; for readers.
        var tensors: [String] = []
    }

    static let fileName = "manifest.json"
    static let formatVersion = 1
    /// Many times what a text of any context takes.
    static let largest = 16 << 20

    /// Where the tensors are from, in words, for readers.
    var about: [(key: String, value: String)] = []
    var tokens: [TokenID]
    var passes: [Pass] = []

    init(tokens: [TokenID]) { self.tokens = tokens }

    /// The words that `about` has for a key.
    subscript(_ key: String) -> String? { about.first { $0.key == key }?.value }
}

extension TraceManifest {
    var json: JSONValue {
        let facts = about.map { JSONValue.Member($0.key, .string($0.value)) }
        return .object(
            [.init("format_version", .integer(Self.formatVersion))] + facts + [
                .init("tokens", .array(tokens.map { .integer(Int($0)) })), .init("passes", .array(passes.map(\.json))),
            ])
    }
}

extension TraceManifest.Pass {
    /// A pass of one token is computed by decoding's kernels, whatever it belongs to.
    var phase: ComparedTensor.Phase { tokenCount == 1 ? .decode : .prompt }

    fileprivate var json: JSONValue {
        .object([
            .init("file", .string(file)), .init("phase", .string(phase.rawValue)),
            .init("position", .integer(position)), .init("token_count", .integer(tokenCount)),
            .init("tensors", .array(tensors.map { .string($0) })),
        ])
    }
}

extension TraceManifest {
    /// Reads and checks the manifest of a folder: the passes follow one another and cover the tokens.
    init(folder: String, vocabularySize: Int) throws(CheckpointError) {
        let file = try ModelFile(path: OutputFolder.join(folder, Self.fileName), as: "trace")
        guard file.byteCount <= Self.largest else {
            throw Self.invalid(file.path, "expected at most \(Self.largest) bytes, found \(file.byteCount)")
        }
        let json = try JSONValue(file, range: 0..<file.byteCount)
        guard json["format_version"]?.integer == Self.formatVersion else {
            throw Self.invalid(file.path, "expected 'format_version' \(Self.formatVersion)")
        }
        about = (json.members ?? []).compactMap { member in member.value.text.map { (member.name, $0) } }
        tokens = try Self.tokens(json, file.path, vocabularySize)
        for (index, value) in (json["passes"]?.elements ?? []).enumerated() {
            passes.append(try Self.pass(value, index, file.path))
        }
        try checkPasses(file.path)
    }

    private static func tokens(
        _ json: JSONValue, _ file: String, _ vocabularySize: Int
    ) throws(CheckpointError) -> [TokenID] {
        guard let tokens = json["tokens"]?.integers, !tokens.isEmpty else {
            throw invalid(file, "expected 'tokens', a list of at least one token id")
        }
        if let token = tokens.first(where: { !(0..<vocabularySize).contains($0) }) {
            throw invalid(file, "'tokens': expected ids below the model's \(vocabularySize), found \(token)")
        }
        return tokens.map { TokenID($0) }
    }

    private static func pass(_ json: JSONValue, _ index: Int, _ file: String) throws(CheckpointError) -> Pass {
        guard let name = json["file"]?.text, let position = json["position"]?.integer,
            let count = json["token_count"]?.integer, count > 0
        else { throw invalid(file, "pass \(index): expected 'file', 'position' and a 'token_count' of at least 1") }
        // A trace names nothing outside its folder.
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            throw invalid(file, "pass \(index): expected the name of a file in the folder, found \(name.quoted())")
        }
        return Pass(file: name, position: position, tokenCount: count)
    }

    private func checkPasses(_ file: String) throws(CheckpointError) {
        var position = 0
        for (index, pass) in passes.enumerated() {
            guard pass.position == position, pass.tokenCount <= tokens.count - position else {
                throw Self.invalid(
                    file,
                    "pass \(index): expected to begin at \(position) and to end by \(tokens.count), found "
                        + "\(pass.tokenCount) tokens at \(pass.position)")
            }
            position += pass.tokenCount
        }
        guard position == tokens.count else {
            throw Self.invalid(file, "expected passes over \(tokens.count) tokens, found \(position)")
        }
    }

    private static func invalid(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.invalid, file: file, problem: problem, remedy: CheckpointError.writeAgain)
    }
}
