/// A text as templates see it: valid UTF-8, compared byte by byte, counted in code points.
///
/// Swift's strings are counted in grapheme clusters, and two of them are equal where only the spelling of an accent
/// differs; Python's know neither. The order of UTF-8 bytes is that of the code points.
public struct TemplateText: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    let bytes: [UInt8]

    /// Takes over a string.
    public init(_ string: String) { bytes = Array(string.utf8) }

    /// Makes a text of a literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// Trusts the bytes to be whole UTF-8 sequences.
    init(bytes: [UInt8]) { self.bytes = bytes }

    init(bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var bytes: [UInt8] = []
        for scalar in scalars { bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter }
        self.bytes = bytes
    }

    /// The text as a string.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Orders by code points.
    public static func < (left: TemplateText, right: TemplateText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// Its code points, in order.
    var scalars: String.UnicodeScalarView { description.unicodeScalars }

    /// How many code points it has.
    var length: Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

    /// Where each code point starts, and the end.
    var starts: [Int] { bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count] }

    /// The code points, each a text of its own.
    var characters: [TemplateText] {
        let starts = starts
        return zip(starts, starts.dropFirst()).map { TemplateText(bytes: bytes[$0..<$1]) }
    }
}
