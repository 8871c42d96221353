extension TemplateDate {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// From 1 to 366.
    private var dayOfYear: Int {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        return before[month - 1] + day + (month > 2 && isLeapYear ? 1 : 0)
    }

    /// From 0, a Sunday, to 6.
    private var weekday: Int {
        // Counted in days from a Monday, the first day of the year 1.
        let past = (year - 1) * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400
        return (past + dayOfYear) % 7
    }

    /// The week of the year, counted from the first Sunday or Monday.
    private func week(from firstDay: Int) -> Int { (dayOfYear + 6 - (weekday - firstDay + 7) % 7) / 7 }

    /// The moment as `strftime` writes it in the C locale, without a time zone:
    /// https://docs.python.org/3/library/datetime.html#format-codes
    func formatted(_ format: TemplateText, _ interpreter: Interpreter) throws(TemplateError) -> TemplateText {
        var builder = interpreter.builder
        var rest = format.bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let next = rest.first else {
                try builder.append(byte: byte)
                continue
            }
            // glibc leaves the padding away behind "-".
            let isBare = next == UInt8(ascii: "-")
            if isBare { rest = rest.dropFirst() }
            guard let letter = rest.popFirst() else { break }
            let code = Character(Unicode.Scalar(letter))
            if let text = text(for: code, isBare: isBare) {
                try builder.append(text)
            } else {
                try builder.append(isBare ? "%-" : "%")
                try builder.append(byte: letter)
            }
        }
        return builder.text
    }

    private func text(for code: Character, isBare: Bool) -> String? {
        func number(_ value: Int, _ width: Int, _ padding: Character = "0") -> String {
            let digits = "\(value)"
            return String(repeating: padding, count: isBare ? 0 : max(0, width - digits.count)) + digits
        }
        func composed(_ codes: String) -> String {
            codes.map { text(for: $0, isBare: false) ?? String($0) }.joined()
        }
        let hour12 = hour % 12 == 0 ? 12 : hour % 12
        switch code {
        case "Y": return "\(year)"
        case "C": return number(year / 100, 2)
        case "y": return number(year % 100, 2)
        case "m": return number(month, 2)
        case "d": return number(day, 2)
        case "e": return number(day, 2, " ")
        case "j": return number(dayOfYear, 3)
        case "H": return number(hour, 2)
        case "k": return number(hour, 2, " ")
        case "I": return number(hour12, 2)
        case "l": return number(hour12, 2, " ")
        case "M": return number(minute, 2)
        case "S": return number(second, 2)
        case "f": return number(microsecond, 6)
        case "p": return hour < 12 ? "AM" : "PM"
        case "P": return hour < 12 ? "am" : "pm"
        case "B": return Self.months[month - 1]
        case "b", "h": return String(Self.months[month - 1].prefix(3))
        case "A": return Self.days[weekday]
        case "a": return String(Self.days[weekday].prefix(3))
        case "w": return "\(weekday)"
        case "u": return "\(weekday == 0 ? 7 : weekday)"
        case "U": return number(week(from: 0), 2)
        case "W": return number(week(from: 1), 2)
        case "F": return composed("Y") + "-" + composed("m") + "-" + composed("d")
        case "T", "X": return [composed("H"), composed("M"), composed("S")].joined(separator: ":")
        case "R": return composed("H") + ":" + composed("M")
        case "D", "x": return [composed("m"), composed("d"), composed("y")].joined(separator: "/")
        case "r": return composed("I") + ":" + composed("M") + ":" + composed("S") + " " + composed("p")
        case "c":
            return [composed("a"), composed("b"), composed("e"), composed("T"), composed("Y")].joined(separator: " ")
        case "n": return "\n"
        case "t": return "\t"
        case "Z", "z": return ""
        case "%": return "%"
        default: return nil
        }
    }
}
