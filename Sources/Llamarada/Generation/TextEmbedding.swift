import Glibc

/// The mean of rows, of length 1.
struct TextEmbedding: Sendable {
    private var sum: [Double] = []

    /// Adds a row: (dim).
    mutating func add(_ row: [Float]) {
        if sum.isEmpty { sum = Array(repeating: 0, count: row.count) }
        for index in row.indices { sum[index] += Double(row[index]) }
    }

    /// (dim). Of rows that cancel each other out, zeros.
    ///
    /// - Throws: `NonFiniteLogits` where some value is NaN or infinite.
    func value() throws(NonFiniteLogits) -> [Float] {
        let length = sqrt(sum.reduce(0) { $0 + $1 * $1 })
        let values = sum.map { Float(length > 0 ? $0 / length : 0) }
        try NonFiniteLogits.check(values)
        return values
    }
}
