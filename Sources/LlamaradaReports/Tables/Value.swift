import LlamaradaTensors

/// What a table's cell holds: programs get the value itself, people a text of it.
package enum Value {
    /// There is none: a dash, an empty cell, or null.
    case missing
    case text(String)
    /// Yes or no, in these words for people.
    case flag(Bool, yes: String = "yes", no: String = "no")
    case integer(any BinaryInteger, NumberStyle? = nil)
    /// A number; NaN and infinities are null for programs.
    case number(any BinaryFloatingPoint & CustomStringConvertible, NumberStyle? = nil)
    /// An array or an object, which only JSON can hold, and what people see of it.
    case nested(JSON, text: String = "")

    /// The number, or `missing` where there is none.
    package static func number(orMissing value: Double?, _ style: NumberStyle? = nil) -> Value {
        value.map { .number($0, style) } ?? .missing
    }

    /// The integer, or `missing` where there is none.
    package static func integer(orMissing value: Int?, _ style: NumberStyle? = nil) -> Value {
        value.map { .integer($0, style) } ?? .missing
    }

    /// The text, or `missing` where there is none.
    package static func text(orMissing value: String?) -> Value { value.map { .text($0) } ?? .missing }
}

/// How people see a number.
package struct NumberStyle: Sendable {
    let text: @Sendable (Double) -> String

    /// A style by the text that it makes.
    package init(_ text: @escaping @Sendable (Double) -> String) { self.text = text }

    /// That many digits behind the point, counted in `unit`s.
    package static func fixed(_ digits: Int, unit: Double = 1) -> NumberStyle {
        NumberStyle { HumanUnits.fixed($0 / unit, digits: digits) }
    }

    /// `12.3 %` of a whole that is 1.
    package static func percent(_ digits: Int = 1) -> NumberStyle {
        NumberStyle { HumanUnits.percent($0, digits: digits) }
    }

    /// `3.2e-13`.
    package static let scientific = NumberStyle { HumanUnits.scientific($0) }
    /// Nanoseconds as `4.56 ms`.
    package static let duration = NumberStyle { HumanUnits.duration(nanoseconds: $0) }
    /// A rate in billions a second.
    package static let giga = NumberStyle { HumanUnits.giga($0) }
    /// Bytes as `98.4 MB`.
    package static let bytes = NumberStyle { HumanUnits.bytes(Int($0)) }
}

extension Value {
    /// What people see, with `dash` where there is nothing.
    func shown(_ dash: String = "–") -> String {
        switch self {
        case .missing: dash
        case .text(let text): text.escapingControls
        case .flag(let flag, let yes, let no): flag ? yes : no
        case .integer(let number, let style): style?.text(Double(number)) ?? String(describing: number)
        case .number(let number, let style): style?.text(Double(number)) ?? number.description
        case .nested(_, let text): text.escapingControls
        }
    }

    /// What programs get.
    var json: JSON {
        switch self {
        case .missing: .null
        case .text(let text): .string(text)
        case .flag(let flag, _, _): .bool(flag)
        case .integer(let number, _): .integer(number)
        case .number(let number, _): .number(number)
        case .nested(let json, _): json
        }
    }

    /// Whether only JSON can hold it.
    var isNested: Bool { if case .nested = self { true } else { false } }

    /// What tables are sorted by: the number itself, which a text with a unit hides.
    var order: Double? {
        switch self {
        case .integer(let number, _): Double(number)
        case .number(let number, _): Double(number)
        default: nil
        }
    }
}
