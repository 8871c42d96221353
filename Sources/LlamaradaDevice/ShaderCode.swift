/// SPIR-V that lives in the binary as base64 text and becomes words when a pipeline needs it.
package struct ShaderCode: Sendable {
    private let base64: StaticString

    package init(base64: StaticString) { self.base64 = base64 }

    /// The SPIR-V words.
    package var words: [UInt32] {
        base64.withUTF8Buffer { text in
            var words: [UInt32] = []
            words.reserveCapacity(text.count * 3 / 16 + 1)
            var bits: UInt32 = 0
            var bitCount = 0
            var word: UInt32 = 0
            var byteCount: UInt32 = 0
            for character in text {
                guard let value = Self.value(character) else { break }
                bits = bits << 6 | value
                bitCount += 6
                guard bitCount >= 8 else { continue }
                bitCount -= 8
                word |= ((bits >> UInt32(bitCount)) & 0xFF) << (8 * byteCount)
                byteCount += 1
                if byteCount == 4 {
                    words.append(word)
                    word = 0
                    byteCount = 0
                }
            }
            return words
        }
    }

    /// A base64 digit's value (RFC 4648, section 4); nil for the padding.
    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
