/// One step through bytes that should be UTF-8 (RFC 3629).
enum UTF8Text {
    /// The length of the well-formed character at `start`, 1 to 4 bytes, with its scalar; nil where there is none.
    ///
    /// Overlong forms, surrogates and values beyond U+10FFFF are not well-formed (Unicode, table 3-7).
    static func scalar(
        in text: UnsafeBufferPointer<UInt8>, at start: Int, to end: Int
    ) -> (value: Unicode.Scalar, length: Int)? {
        let lead = text[start]
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        let length = sequenceLength(lead)
        guard length > 0, start + length <= end, allows(lead, second: text[start + 1]) else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let next = text[start + offset]
            guard next & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(next & 0x3F)
        }
        return Unicode.Scalar(value).map { ($0, length) }
    }

    /// The number of bytes that a sequence with this first byte has; 0 for a byte that begins none.
    static func sequenceLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    /// Whether `second` may follow `lead` in a well-formed sequence.
    private static func allows(_ lead: UInt8, second: UInt8) -> Bool {
        switch lead {
        case 0xE0: (0xA0...0xBF).contains(second)
        case 0xED: (0x80...0x9F).contains(second)
        case 0xF0: (0x90...0xBF).contains(second)
        case 0xF4: (0x80...0x8F).contains(second)
        default: (0x80...0xBF).contains(second)
        }
    }

    /// How many bytes at the end are the beginning of a character whose rest is still to come: 0 to 3.
    static func unfinishedSuffix(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let start = bytes.count - length
            if bytes[start] & 0xC0 == 0x80 { continue }
            guard sequenceLength(bytes[start]) > length else { return 0 }
            return length == 1 || allows(bytes[start], second: bytes[start + 1]) ? length : 0
        }
        return 0
    }
}
