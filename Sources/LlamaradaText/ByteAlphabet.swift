/// GPT-2's printable spelling of bytes: byte-level pieces are written in 256 characters that stand for bytes.
///
/// Printable Latin-1 bytes stand for themselves; the other 68, in order, are U+0100 to U+0143 (a space is `Ġ`).
/// Source: `bytes_to_unicode` in OpenAI's GPT-2 release.
package enum ByteAlphabet {
    /// Whether a byte is spelled by the character of the same number.
    private static func isPrintable(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
    }

    /// The character of every byte.
    static let scalars: [Unicode.Scalar] = {
        var next: UInt8 = 0
        return (UInt8.min...UInt8.max).map { byte in
            if isPrintable(byte) { return Unicode.Scalar(byte) }
            defer { next += 1 }
            // 0x100...0x143 are scalars; the fallback is never reached.
            return Unicode.Scalar(0x100 + UInt32(next)) ?? "?"
        }
    }()

    /// The byte of every character below U+0144, -1 for those that spell none.
    private static let bytes: [Int16] = {
        var table = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
        return table
    }()

    /// The spelling of a byte, in UTF-8.
    package static func spelling(of byte: UInt8) -> [UInt8] {
        Array(String(Character(scalars[Int(byte)])).utf8)
    }

    /// The bytes that a piece spells; whatever is not in the alphabet stands for itself.
    static func decode(_ piece: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(piece.count)
        piece.withUnsafeBufferPointer { text in
            var position = 0
            while position < text.count {
                let found = UTF8Text.scalar(in: text, at: position, to: text.count)
                let length = found?.length ?? 1
                if let value = found?.value.value, value < 0x144, bytes[Int(value)] >= 0 {
                    result.append(UInt8(truncatingIfNeeded: bytes[Int(value)]))
                } else {
                    result.append(contentsOf: text[position..<position + length])
                }
                position += length
            }
        }
        return result
    }
}
