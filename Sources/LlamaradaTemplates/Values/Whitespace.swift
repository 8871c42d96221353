/// What Python takes for space.
enum Whitespace {
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }
}

extension UInt8 {
    static var newline: UInt8 { UInt8(ascii: "\n") }
}

extension ArraySlice<UInt8> {
    /// The first code point of UTF-8 and its length in bytes.
    var firstScalar: (scalar: Unicode.Scalar, count: Int)? {
        guard let first else { return nil }
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        return String(decoding: prefix(count), as: UTF8.self).unicodeScalars.first.map { ($0, count) }
    }

    /// The last code point and its length.
    private var lastScalar: (scalar: Unicode.Scalar, count: Int)? {
        guard let start = lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return nil }
        return self[start...].firstScalar
    }

    /// How many bytes of space it begins with.
    var leadingSpace: Int { count - trimmingLeading(Whitespace.isSpace).count }

    func trimmingLeading(_ isTrimmed: (Unicode.Scalar) -> Bool) -> ArraySlice<UInt8> {
        var rest = self
        while let (scalar, count) = rest.firstScalar, isTrimmed(scalar) { rest = rest.dropFirst(count) }
        return rest
    }

    func trimmingTrailing(_ isTrimmed: (Unicode.Scalar) -> Bool) -> ArraySlice<UInt8> {
        var rest = self
        while let (scalar, count) = rest.lastScalar, isTrimmed(scalar) { rest = rest.dropLast(count) }
        return rest
    }

    /// Where two bytes first stand side by side.
    func firstRange(of pair: StaticString) -> Int? {
        let (first, second) = (pair.utf8Start[0], pair.utf8Start[1])
        return indices.dropLast().first { self[$0] == first && self[$0 + 1] == second }
    }
}
