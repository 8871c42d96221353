import Glibc

/// Names of files as bytes: Linux allows any but zero and `/`, a `String` only UTF-8.
///
/// A byte that is not part of UTF-8 is carried as one code point of a private range, and becomes that byte again where
/// a file is opened. Code points of that very range in a name are carried byte by byte too, so that every name comes
/// back as it was.
package enum PathBytes {
    /// The code point that carries the byte 0; the bytes that UTF-8 can't hold are those from 0x80 on.
    private static let base: UInt32 = 0x10_FE00

    /// The bytes as text, which `bytes(of:)` takes back.
    package static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !isCarrying(text) { return text }
        var text = String.UnicodeScalarView()
        var position = 0
        while position < bytes.count {
            let length = characterLength(bytes[position...])
            if let scalar = character(bytes[position...].prefix(length)), byte(of: scalar) == nil {
                text.append(scalar)
                position += length
            } else {
                text.append(carrier(of: bytes[position]))
                position += 1
            }
        }
        return String(text)
    }

    /// The bytes before the final zero byte as text.
    package static func text(cString: UnsafePointer<CChar>) -> String {
        text(UnsafeBufferPointer(start: cString, count: strlen(cString)).map { UInt8(bitPattern: $0) })
    }

    /// The bytes of a name, those that were carried included.
    package static func bytes(of text: String) -> [UInt8] {
        guard isCarrying(text) else { return Array(text.utf8) }
        return text.unicodeScalars.flatMap { scalar in byte(of: scalar).map { [$0] } ?? Array(String(scalar).utf8) }
    }

    /// Whether the text carries bytes that are not UTF-8.
    package static func isCarrying(_ text: String) -> Bool { text.unicodeScalars.contains { byte(of: $0) != nil } }

    /// The byte that a code point carries, or nil for a code point that means itself.
    static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        (base + 0x80...base + 0xFF).contains(scalar.value) ? UInt8(scalar.value - base) : nil
    }

    private static func carrier(of byte: UInt8) -> Unicode.Scalar {
        // Every value of the range is a code point, and none a surrogate.
        Unicode.Scalar(base + UInt32(byte)) ?? "\u{FFFD}"
    }

    private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
        switch bytes.first ?? 0 {
        case 0xF0...: 4
        case 0xE0...: 3
        case 0xC0...: 2
        default: 1
        }
    }

    private static func character(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.count == 1 else { return nil }
        return text.unicodeScalars.first
    }
}

extension String {
    /// The name with its final zero byte, as the system's functions take it.
    package var cPath: [CChar] { PathBytes.bytes(of: self).map { CChar(bitPattern: $0) } + [0] }
}
