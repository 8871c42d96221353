/// How a number is written: what formats of `printf` and of `str.format` have in common.
struct NumberFormat {
    enum Sign {
        case onlyMinus, always, space
    }

    var sign = Sign.onlyMinus
    /// `#`: bases are marked, and points stay.
    var isAlternate = false
    var precision: Int?
    /// What stands between groups of digits: a comma or an underscore.
    var grouping: Character?

    /// More digits than that nobody asks for; the text that they make would be refused anyway.
    private static let mostDigits = 1000

    /// The sign or prefix and the digits of an integer; nil where the letter is of no integers.
    func parts(_ number: Int, _ letter: Character) -> (prefix: String, digits: String)? {
        let bases: [Character: (radix: Int, mark: String)] = [
            "d": (10, ""), "i": (10, ""), "u": (10, ""), "b": (2, "0b"), "o": (8, "0o"), "x": (16, "0x"),
            "X": (16, "0X"),
        ]
        guard let base = bases[letter] else { return nil }
        var digits = String(number.magnitude, radix: base.radix, uppercase: letter == "X")
        if let precision, precision > digits.count {
            digits = String(repeating: "0", count: min(precision, Self.mostDigits) - digits.count) + digits
        }
        return (mark(number < 0) + (isAlternate ? base.mark : ""), grouped(digits, by: base.radix == 10 ? 3 : 4))
    }

    /// The sign and the digits of a number; nil where the letter is of no such numbers.
    func parts(_ number: Double, _ letter: Character) -> (prefix: String, digits: String)? {
        let prefix = mark(number.sign == .minus && !number.isNaN)
        let isCapital = letter.isUppercase
        guard "eEfFgG%".contains(letter) else { return nil }
        guard number.isFinite else {
            let word = number.isNaN ? "nan" : "inf"
            return (prefix, (isCapital ? word.uppercased() : word) + (letter == "%" ? "%" : ""))
        }
        let scaled = letter == "%" ? number.magnitude * 100 : number.magnitude
        let text = PythonFloat.formatted(
            scaled, precision: min(precision ?? 6, Self.mostDigits), letter: letter == "%" ? "f" : letter,
            alternate: isAlternate)
        let point = text.firstIndex { !$0.isNumber } ?? text.endIndex
        return (prefix, grouped(String(text[..<point]), by: 3) + text[point...] + (letter == "%" ? "%" : ""))
    }

    private func mark(_ isNegative: Bool) -> String {
        switch sign {
        case _ where isNegative: "-"
        case .onlyMinus: ""
        case .always: "+"
        case .space: " "
        }
    }

    private func grouped(_ digits: String, by size: Int) -> String {
        guard let grouping else { return digits }
        var result = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % size == 0 { result.append(grouping) }
            result.append(digit)
        }
        return result
    }
}
