/// What the readers of machine code share: looking for parts of a line without regular expressions.
extension Substring {
    /// What follows the first `mark`; nil where there is none.
    func after(_ mark: String) -> Substring? {
        var rest = self[...]
        while let first = mark.first, let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.hasPrefix(mark) { return rest.dropFirst(mark.count) }
            rest = rest.dropFirst()
        }
        return nil
    }

    func contains(mark: String) -> Bool { after(mark) != nil }

    /// The decimal number at the start; nil where there is none or it is too large.
    var number: Int? { Int(prefix { $0.isASCII && $0.isNumber }) }

    /// The hexadecimal number at the start, after a possible "+" and "0x".
    var hexadecimal: Int? {
        var rest = self[...]
        if rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest.hasPrefix("0x") { rest = rest.dropFirst(2) }
        return Int(rest.prefix { $0.isHexDigit }, radix: 16)
    }

    var trimmed: Substring {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest = rest.dropFirst() }
        while rest.last == " " || rest.last == "\t" || rest.last == "\r" { rest = rest.dropLast() }
        return rest
    }
}
