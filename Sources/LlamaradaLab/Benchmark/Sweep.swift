import Llamarada

/// A list of values to try, in llama-bench's notation: `512`, `128,512`, `128-512` (in steps of 1), `128-512+128`,
/// `128-512*2`; commas join all of these.
package struct Sweep: Sendable, Equatable {
    package let values: [Int]

    package init(values: [Int]) { self.values = values }

    /// Nil where the text is not in that notation, a range never ends, or there are more than `limit` values.
    package init?(_ text: String, limit: Int = 1000) {
        var values: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let more = Self.part(part, limit: limit - values.count) else { return nil }
            values += more
        }
        self.values = values
    }

    private static func part(_ text: Substring, limit: Int) -> [Int]? {
        guard let dash = text.firstIndex(of: "-") else { return number(text).flatMap { limit > 0 ? [$0] : nil } }
        let rest = text[text.index(after: dash)...]
        let sign = rest.firstIndex { $0 == "+" || $0 == "*" }
        let step = sign.map { number(rest[rest.index(after: $0)...]) } ?? 1
        guard let first = number(text[..<dash]), let last = number(rest[..<(sign ?? rest.endIndex)]), let step,
            first <= last
        else { return nil }
        let multiplies = sign.map { rest[$0] == "*" } ?? false
        guard multiplies ? step > 1 && first > 0 : step > 0 else { return nil }
        var values: [Int] = []
        var value = first
        while value <= last {
            guard values.count < limit else { return nil }
            values.append(value)
            // Neither can overflow: every number is at most `largest`.
            value = multiplies ? value * step : value + step
        }
        return values
    }

    private static let largest = 1 << 24

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text), value <= largest
        else { return nil }
        return value
    }
}
