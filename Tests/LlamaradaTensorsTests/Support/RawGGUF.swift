/// A GGUF file put together byte by byte, apart from the writer, so that each part can be made wrong.
struct RawGGUF {
    var magic = Array("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: UInt64?
    var pairCount: UInt64?
    var pairs = [
        pair("general.architecture", type: 8, string("llama")),
        pair("llama.block_count", type: 4, number(UInt32(2))),
        pair("tokenizer.ggml.tokens", type: 9, array(of: 8, count: 2, string("<s>") + string("a"))),
    ]
    var tensors = [
        tensor("norm", [8], type: 0, offset: 0),
        tensor("matrix", [32, 2], type: 8, offset: 32),
    ]
    var data = [UInt8](repeating: 1, count: 32 + 68)

    var header: [UInt8] {
        let counts =
            Self.number(tensorCount ?? UInt64(tensors.count)) + Self.number(pairCount ?? UInt64(pairs.count))
        return magic + Self.number(version) + counts + pairs.joined() + tensors.joined()
    }

    func bytes(alignment: Int = 32) -> [UInt8] {
        let header = header
        let padding = (alignment - header.count % alignment) % alignment
        return header + [UInt8](repeating: 0, count: padding) + data
    }

    static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func string(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + Array(text.utf8) }

    static func pair(_ key: String, type: UInt32, _ value: [UInt8]) -> [UInt8] { string(key) + number(type) + value }

    static func array(of type: UInt32, count: UInt64, _ elements: [UInt8]) -> [UInt8] {
        number(type) + number(count) + elements
    }

    /// Dimensions innermost first, as in the file.
    static func tensor(
        _ name: String, _ dimensions: [UInt64], type: UInt32, offset: UInt64, dimensionCount: UInt32? = nil
    ) -> [UInt8] {
        string(name) + number(dimensionCount ?? UInt32(dimensions.count)) + dimensions.flatMap(number) + number(type)
            + number(offset)
    }

    /// The base file with a change.
    static func with(_ change: (inout RawGGUF) -> Void) -> [UInt8] {
        var file = RawGGUF()
        change(&file)
        return file.bytes()
    }
}
