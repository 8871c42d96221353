/// What the pre-tokenizers' patterns distinguish.
enum CharacterClass: UInt8 {
    /// `\p{L}`
    case letter
    /// `\p{N}`
    case number
    /// `\s`: Unicode's White_Space.
    case space
    /// `\p{P}`
    case punctuation
    /// Everything else: marks, symbols, controls, unassigned, and bytes that are not UTF-8.
    case other

    init(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            self = Self.ascii[Int(scalar.value)]
        } else {
            self.init(looking: scalar)
        }
    }

    private static let ascii: [CharacterClass] = (0..<128).map { CharacterClass(looking: Unicode.Scalar($0)) }

    /// Asks the standard library's Unicode tables.
    private init(looking scalar: Unicode.Scalar) {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .number
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: self = .space
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            self = .punctuation
        // White_Space is the three separator categories and these controls: tab to carriage return, and NEL.
        case .control where (0x09...0x0D).contains(scalar.value) || scalar.value == 0x85: self = .space
        default: self = .other
        }
    }
}

/// A text as the pre-tokenizers read it: one entry a character, and one for every byte that is not UTF-8.
struct ClassifiedText {
    private(set) var classes: [CharacterClass] = []
    /// The scalars; U+FFFD for a byte that is not UTF-8.
    private(set) var scalars: [Unicode.Scalar] = []
    /// Where each character starts, in bytes, and at the end the text's length.
    private(set) var offsets: [Int] = []

    var count: Int { classes.count }

    init(_ text: UnsafeBufferPointer<UInt8>) {
        classes.reserveCapacity(text.count)
        scalars.reserveCapacity(text.count)
        offsets.reserveCapacity(text.count + 1)
        var position = 0
        while position < text.count {
            let found = UTF8Text.scalar(in: text, at: position, to: text.count)
            offsets.append(position)
            scalars.append(found?.value ?? "\u{FFFD}")
            classes.append(found.map { CharacterClass($0.value) } ?? .other)
            position += found?.length ?? 1
        }
        offsets.append(text.count)
    }
}
