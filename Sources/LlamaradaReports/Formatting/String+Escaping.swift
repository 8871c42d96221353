extension String {
    /// The text with every `part` replaced.
    func replacing(_ part: Character, by other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }

    /// The text as HTML shows it, between tags or in a quoted attribute.
    package var escapedForHTML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
