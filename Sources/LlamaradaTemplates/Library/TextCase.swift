// Cases of letters by Unicode's full mappings, as Python has them.

extension TemplateText {
    var uppercased: TemplateText {
        isASCII ? TemplateText(bytes: bytes.map { 0x61...0x7A ~= $0 ? $0 ^ 0x20 : $0 }) : mapped { $0.uppercaseMapping }
    }

    var lowercased: TemplateText {
        isASCII ? TemplateText(bytes: bytes.map { 0x41...0x5A ~= $0 ? $0 ^ 0x20 : $0 }) : mapped { $0.lowercaseMapping }
    }

    var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

    /// The first letter in title case, the others in lower case.
    var capitalized: TemplateText {
        var isFirst = true
        return mapped { properties in
            defer { isFirst = false }
            return isFirst ? properties.titlecaseMapping : properties.lowercaseMapping
        }
    }

    /// Every letter behind one without case in title case: Python's `title`.
    var titled: TemplateText {
        var followsCased = false
        return mapped { properties in
            defer { followsCased = properties.isCased }
            return followsCased ? properties.lowercaseMapping : properties.titlecaseMapping
        }
    }

    var swappedCase: TemplateText {
        mapped { $0.isUppercase ? $0.lowercaseMapping : $0.uppercaseMapping }
    }

    private func mapped(_ map: (Unicode.Scalar.Properties) -> String) -> TemplateText {
        var bytes: [UInt8] = []
        for scalar in scalars { bytes += map(scalar.properties).utf8 }
        return TemplateText(bytes: bytes)
    }

    /// Whether there are letters with case, and all of these are lower.
    var isLower: Bool { hasCased { !$0.isUppercase && $0.generalCategory != .titlecaseLetter } }

    var isUpper: Bool { hasCased { $0.isUppercase } }

    /// Whether there are letters with case.
    var hasCased: Bool { scalars.contains { $0.properties.isCased } }

    private func hasCased(_ isRight: (Unicode.Scalar.Properties) -> Bool) -> Bool {
        let cased = scalars.lazy.map(\.properties).filter(\.isCased)
        return !cased.isEmpty && cased.allSatisfy(isRight)
    }

    /// Whether there are code points, all of one sort.
    func consists(of isRight: (Unicode.Scalar) -> Bool) -> Bool { !isEmpty && scalars.allSatisfy(isRight) }
}

extension Unicode.Scalar {
    var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    var isDecimal: Bool { properties.numericType == .decimal }
    var isDigit: Bool { properties.numericType == .decimal || properties.numericType == .digit }
    var isNumeric: Bool { properties.numericType != nil }
    var isAlphanumeric: Bool { isLetter || isNumeric }
}
