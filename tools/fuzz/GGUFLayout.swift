/// Where the parts of a GGUF header lie.
///
/// Unlike the parser, which refuses nonsense, this reads on until a field runs past the end: whatever was found until
/// then can be mutated, so that damaged files can be damaged further.
struct GGUFLayout {
    enum Kind: Equatable {
        case version, count, length, text, valueType, tensorType, dimensions, dimension, offset, value
    }

    struct Field {
        var kind: Kind
        var range: Range<Int>
    }

    /// A value's array: its element type is the 4 bytes before `count`.
    struct Array {
        var count: Range<Int>
        var elements: [Range<Int>] = []
    }

    struct Pair {
        var range: Range<Int>
        /// The key, with its length.
        var key: Range<Int>
        /// The value, without the four bytes of its type before it.
        var value: Range<Int>
    }

    struct Tensor {
        var range: Range<Int>
        var dimensions: Range<Int>
        var type: Range<Int>
        var offset: Range<Int>
    }

    static let tensorCount = 8..<16
    static let pairCount = 16..<24
    /// Bytes of a scalar by its type id; nil for strings (8) and arrays (9).
    static let scalarSizes: [UInt32: Int] = [
        0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8,
    ]

    private(set) var fields: [Field] = []
    private(set) var pairs: [Pair] = []
    private(set) var tensors: [Tensor] = []
    private(set) var arrays: [Array] = []
    /// Where the header ends, as far as it could be read.
    private(set) var end = 0
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        try? read()
    }

    /// The number in a field of up to eight bytes.
    static func number(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
        bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension GGUFLayout {
    private struct Ended: Error {}

    private mutating func read() throws {
        _ = try take(4)
        _ = try number(4, .version)
        let tensorCount = try number(8, .count)
        for _ in 0..<(try number(8, .count)) { try readPair() }
        for _ in 0..<tensorCount { try readTensor() }
    }

    private mutating func take(_ count: UInt64) throws -> Range<Int> {
        guard count <= UInt64(bytes.count - end) else { throw Ended() }
        defer { end += Int(count) }
        return end..<end + Int(count)
    }

    private mutating func field(_ count: UInt64, _ kind: Kind) throws -> Range<Int> {
        let range = try take(count)
        fields.append(Field(kind: kind, range: range))
        return range
    }

    private mutating func number(_ size: UInt64, _ kind: Kind) throws -> UInt64 {
        Self.number(bytes, try field(size, kind))
    }

    private mutating func readText() throws {
        _ = try field(try number(8, .length), .text)
    }

    private mutating func readPair() throws {
        let start = end
        try readText()
        let key = start..<end
        let type = UInt32(try number(4, .valueType))
        let value = end
        try readValue(type, depth: 0)
        pairs.append(Pair(range: start..<end, key: key, value: value..<end))
    }

    private mutating func readValue(_ type: UInt32, depth: Int) throws {
        if let size = Self.scalarSizes[type] {
            _ = try field(UInt64(size), .value)
        } else if type == 8 {
            try readText()
        } else if type == 9, depth < 64 {
            try readArray(depth: depth)
        } else {
            throw Ended()
        }
    }

    private mutating func readArray(depth: Int) throws {
        let type = UInt32(try number(4, .valueType))
        let count = try field(8, .count)
        var array = Array(count: count)
        // An array that runs past the end keeps the elements that are there.
        defer { arrays.append(array) }
        for _ in 0..<Self.number(bytes, count) {
            let start = end
            try readValue(type, depth: depth + 1)
            array.elements.append(start..<end)
        }
    }

    private mutating func readTensor() throws {
        let start = end
        try readText()
        let count = try number(4, .dimensions)
        let dimensions = end
        for _ in 0..<count { _ = try field(8, .dimension) }
        let (dimensionsEnd, type, offset) = (end, try field(4, .tensorType), try field(8, .offset))
        tensors.append(
            Tensor(range: start..<end, dimensions: dimensions..<dimensionsEnd, type: type, offset: offset))
    }
}
