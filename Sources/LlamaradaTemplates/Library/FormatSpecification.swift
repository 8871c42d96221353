/// What stands behind the colon of a field of `str.format`:
/// https://docs.python.org/3/library/string.html#format-specification-mini-language
struct FormatSpecification {
    private var filling: TemplateText = " "
    private var alignment: Alignment?
    /// `=`: the filling stands between the sign and the digits.
    private var fillsBehindSign = false
    private var width = 0
    private var number = NumberFormat()
    private var letter: Character?
    private let isEmpty: Bool

    init(_ text: TemplateText) throws(TemplateError) {
        isEmpty = text.isEmpty
        var scalars = Array(text.scalars)[...]
        let alignments: [Unicode.Scalar] = ["<", ">", "^", "="]
        if scalars.count > 1, alignments.contains(scalars[1]) { filling = TemplateText([scalars.removeFirst()]) }
        if let sign = scalars.first, alignments.contains(sign) {
            scalars.removeFirst()
            fillsBehindSign = sign == "="
            alignment = sign == "<" ? .left : sign == "^" ? .center : .right
        }
        if Self.takes("+", &scalars) { number.sign = .always }
        if Self.takes("-", &scalars) { number.sign = .onlyMinus }
        if Self.takes(" ", &scalars) { number.sign = .space }
        number.isAlternate = Self.takes("#", &scalars)
        if Self.takes("0", &scalars), alignment == nil {
            filling = "0"
            fillsBehindSign = true
        }
        width = Self.count(&scalars) ?? 0
        if Self.takes(",", &scalars) { number.grouping = "," }
        if Self.takes("_", &scalars) { number.grouping = "_" }
        if Self.takes(".", &scalars) {
            guard let precision = Self.count(&scalars) else {
                throw TemplateError(.value, "Format specifier missing precision")
            }
            number.precision = precision
        }
        letter = scalars.popFirst().map(Character.init)
        guard scalars.isEmpty else { throw TemplateError(.value, "Invalid format specifier '\(text)'") }
    }

    private static func takes(_ sign: Unicode.Scalar, _ scalars: inout ArraySlice<Unicode.Scalar>) -> Bool {
        guard scalars.first == sign else { return false }
        scalars.removeFirst()
        return true
    }

    private static func count(_ scalars: inout ArraySlice<Unicode.Scalar>) -> Int? {
        let digits = scalars.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty else { return nil }
        scalars = scalars.dropFirst(digits.count)
        return Int(TemplateText(digits).description) ?? .max
    }

    func apply(to value: TemplateValue, _ interpreter: Interpreter) throws(TemplateError) -> TemplateText {
        switch value {
        case .boolean, .integer, .double:
            if case .boolean = value, isEmpty || letter == "s" { return try interpreter.str(value) }
            guard let (prefix, digits) = try parts(of: value, interpreter) else {
                throw unknownCode(value)
            }
            guard fillsBehindSign else {
                return try interpreter.padded(TemplateText(prefix + digits), width, filling, alignment ?? .right)
            }
            let filled = try interpreter.padded(TemplateText(digits), width - prefix.utf8.count, filling, .right)
            return TemplateText(bytes: prefix.utf8 + filled.bytes)
        case .undefined: return ""
        default:
            let isText = value.text != nil
            guard isText || isEmpty else {
                throw TemplateError(.value, "unsupported format string passed to \(value.typeName).__format__")
            }
            guard letter == nil || letter == "s", number.sign == .onlyMinus, number.grouping == nil else {
                throw unknownCode(value)
            }
            var text = try interpreter.str(value)
            if let precision = number.precision { text = text.slice(try SliceRange(.none, .integer(precision), .none)) }
            return try interpreter.padded(text, width, filling, alignment ?? .left)
        }
    }

    private func parts(
        of value: TemplateValue, _ interpreter: Interpreter
    ) throws(TemplateError) -> (String, String)? {
        if let integer = value.integer {
            if letter == "c" { return Unicode.Scalar(UInt32(clamping: integer)).map { ("", String($0)) } }
            if let parts = number.parts(integer, letter ?? "d") {
                guard number.precision == nil else {
                    throw TemplateError(.value, "Precision not allowed in integer format specifier")
                }
                return parts
            }
            return number.parts(Double(integer), letter == "n" ? "g" : letter ?? "g")
        }
        guard let double = value.double else { return nil }
        if letter == nil, number.precision == nil {
            // As str() writes it, apart from sign and groups.
            let text = PythonFloat.repr(double.magnitude)
            var whole = number.parts(Int(exactly: double.magnitude.rounded(.down)) ?? 0, "d")?.digits ?? ""
            guard double.isFinite, !text.contains("e"), let point = text.firstIndex(of: ".") else {
                return (double.sign == .minus ? "-" : number.sign == .always ? "+" : "", text)
            }
            if number.grouping == nil { whole = String(text[..<point]) }
            return (number.parts(double, "f")?.prefix ?? "", whole + text[point...])
        }
        return number.parts(double, letter == nil || letter == "n" ? "g" : letter ?? "g")
    }

    private func unknownCode(_ value: TemplateValue) -> TemplateError {
        TemplateError(
            .value, "Unknown format code '\(letter.map(String.init) ?? "")' for object of type '\(value.typeName)'")
    }
}
