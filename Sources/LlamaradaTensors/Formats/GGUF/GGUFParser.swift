import LlamaradaErrors

/// Reads and checks a GGUF header: magic, version, counts, metadata, tensor descriptions.
///
/// Specification: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
struct GGUFParser: ~Copyable {
    struct Header {
        var version: Int
        var alignment: Int
        var dataOffset: Int
        var metadata: GGUFMetadata
        var tensors: [TensorDescription]
        var indices: [String: Int]
    }

    static let defaultAlignment = 32
    /// The specification names no largest alignment; a page of 1 MiB is beyond every use.
    static let largestAlignment = 1 << 20
    /// Sums over a file of this size, in elements or bits, fit an Int.
    static let largestFile = 1 << 56
    /// From the specification.
    static let longestKey = 65_535
    /// The specification says 64; be lenient to tools that don't count.
    static let longestTensorName = 256

    var reader: HeaderReader

    init(source: any ByteSource) { reader = HeaderReader(source: source) }

    mutating func parse() throws(CheckpointError) -> Header {
        guard reader.source.byteCount <= Self.largestFile else {
            throw reader.invalid(
                "file size", located: false, expected: "at most \(Self.largestFile) bytes",
                found: "\(reader.source.byteCount)")
        }
        let version = try parseVersion()
        // Least entries: a tensor has an 8-byte name length, 1 dimension of 8, and 4 + 4 + 8 bytes of other fields; a
        // pair has an 8-byte key length, a 4-byte type and a value of at least 1 byte.
        let tensorCount = try reader.count(ofEntriesTaking: 32, "tensor count")
        let pairCount = try reader.count(ofEntriesTaking: 13, "metadata count")
        let metadata = try parseMetadata(count: pairCount)
        let alignment = try checkedAlignment(metadata)
        let entries = try parseTensors(count: tensorCount)
        let dataOffset = (reader.position + alignment - 1) & ~(alignment - 1)
        let tensors = try placed(entries, dataOffset: dataOffset, alignment: alignment)
        return Header(
            version: version, alignment: alignment, dataOffset: dataOffset, metadata: metadata, tensors: tensors,
            indices: try indexed(tensors))
    }

    private mutating func parseVersion() throws(CheckpointError) -> Int {
        try checkMagic(reader.number("magic", as: UInt32.self))
        let version = try reader.number("version", as: UInt32.self)
        // Versions are small: a number with nothing in its lower half was written the other way around.
        guard version == 0 || version & 0xFFFF != 0 else { throw bigEndian }
        guard version == 2 || version == 3 else {
            throw reader.unsupported(
                "version: expected GGUF version 2 or 3, found \(version)",
                remedy: version == 1
                    ? .other("Fetch a newer conversion of the model")
                    : .other("The file is damaged, or newer than this program"))
        }
        return Int(version)
    }

    private func checkMagic(_ magic: UInt32) throws(CheckpointError) {
        let characters = withUnsafeBytes(of: magic) { Array($0) }
        if characters.elementsEqual("GGUF".utf8) { return }
        if characters.elementsEqual("FUGG".utf8) { throw bigEndian }
        let found = characters.map { String($0, radix: 16) }.joined(separator: " ")
        let guess = Self.otherMagics.first { characters.elementsEqual($0.magic.utf8) }
        throw CheckpointError(
            .invalid, file: reader.source.name,
            problem: "magic: expected 'GGUF', found \(guess.map { "the start of \($0.meaning)" } ?? "bytes \(found)")",
            remedy: .other(guess?.remedy ?? "This is not a GGUF file, or it is damaged: fetch it again"))
    }

    /// What else people hand in, by its first four bytes.
    private static let otherMagics: [(magic: String, meaning: String, remedy: String)] = [
        ("lmgg", "an old GGML file", "Fetch a GGUF conversion of the model"),
        ("tjgg", "an old GGJT file", "Fetch a GGUF conversion of the model"),
        ("fmgg", "an old GGMF file", "Fetch a GGUF conversion of the model"),
        ("PK\u{3}\u{4}", "a zip archive or PyTorch checkpoint", "Fetch a GGUF conversion of the model"),
        ("vers", "a Git LFS pointer", "Run 'git lfs pull' to fetch the file itself"),
        ("<!DO", "a web page", "The download saved a page instead of the file: fetch it again"),
        ("<htm", "a web page", "The download saved a page instead of the file: fetch it again"),
    ]

    private var bigEndian: CheckpointError {
        reader.unsupported(
            "version: expected a little-endian GGUF file, found a big-endian one",
            remedy: .other("Convert the model again for little-endian machines"))
    }

    private func checkedAlignment(_ metadata: GGUFMetadata) throws(CheckpointError) -> Int {
        guard let value = metadata["general.alignment"] else { return Self.defaultAlignment }
        guard case .uint32(let alignment) = value, alignment.nonzeroBitCount == 1, alignment <= Self.largestAlignment
        else {
            throw reader.invalid(
                "metadata 'general.alignment'", located: false,
                expected: "a u32 power of two up to \(Self.largestAlignment)",
                found: value.summary)
        }
        return Int(alignment)
    }

    /// A name or key: not empty, valid UTF-8.
    mutating func name(longest: Int, _ field: @autoclosure () -> String) throws(CheckpointError) -> String {
        var bytes: [UInt8] = []
        try reader.string(appendingTo: &bytes, longest: longest, field())
        guard !bytes.isEmpty else { throw reader.invalid(field(), expected: "at least one byte", found: "none") }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw reader.invalid(
                field(), expected: "UTF-8", found: "the bytes \(String(decoding: bytes, as: UTF8.self).quoted())")
        }
        return name
    }
}
