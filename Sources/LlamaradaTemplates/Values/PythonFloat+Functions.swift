import Glibc

extension PythonFloat {
    /// `base ** exponent`; what is no real number is an error.
    static func power(_ base: Double, _ exponent: Double) throws(TemplateError) -> Double {
        if base == 0, exponent < 0 {
            throw TemplateError(.value, "0.0 cannot be raised to a negative power")
        }
        let result = pow(base, exponent)
        guard !result.isNaN || base.isNaN || exponent.isNaN else {
            throw TemplateError(.unsupported, "complex numbers")
        }
        guard result.isFinite || !base.isFinite || !exponent.isFinite else {
            throw TemplateError(.value, "numerical result out of range")
        }
        return result
    }

    /// `round(number, precision)`: of the exact decimal value, halves to the even neighbour.
    static func rounded(_ number: Double, _ precision: Int) -> Double {
        guard number.isFinite, precision < 324 else { return number }
        guard precision >= 0 else {
            guard precision > -309 else { return Double(signOf: number, magnitudeOf: 0) }
            // To tens and more, by the digits of the integer next to it towards zero.
            let unit = pow(10, Double(-precision))
            return (number / unit).rounded(.toNearestOrEven) * unit
        }
        return Double(formatted(number, precision: precision, letter: "f")) ?? number
    }

    /// A number as C's `printf` writes it by `%.{precision}{letter}`, whose letter is e, f or g, or one of these as a
    /// capital.
    static func formatted(_ number: Double, precision: Int, letter: Character, alternate: Bool = false) -> String {
        // No double has more than 1,074 digits behind the point; what comes then are zeros, which nobody asks for.
        let digits = CInt(max(0, min(precision, 1100)))
        let format = "%\(alternate ? "#" : "").*\(letter)"
        return withVaList([digits, number]) { list in
            var buffer = [CChar](repeating: 0, count: 1500)
            let count = Int(vsnprintf(&buffer, buffer.count, format, list))
            return String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
