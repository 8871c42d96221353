import Glibc
import Llamarada
import LlamaradaThreads

/// The normalisation of one row of logits: log softmax(x)[i] = x[i] − largest − logSum, in f64.
///
/// NaN counts as −infinity, as everywhere in sampling.
struct LogSoftmax {
    /// The index of the largest logit, the lowest of several.
    let argmax: Int
    let largest: Float
    /// The smallest logit.
    let smallest: Float
    /// log Σ exp(x[i] − largest).
    let logSum: Double

    /// - Parameters:
    ///   - logits: (vocabulary), not empty.
    init(_ logits: UnsafeBufferPointer<Float>) {
        var argmax = 0
        var (largest, smallest) = (-Float.infinity, Float.infinity)
        for (index, logit) in logits.enumerated() {
            if logit > largest { (largest, argmax) = (logit, index) }
            if logit < smallest { smallest = logit }
        }
        var sum = 0.0
        for logit in logits where !logit.isNaN { sum += exp(Double(logit) - Double(largest)) }
        self.argmax = argmax
        self.largest = largest
        self.smallest = smallest
        logSum = log(sum)
    }

    /// The log-probability of a logit of the row, in nats.
    @inline(__always)
    func callAsFunction(_ logit: Float) -> Double { Double(logit) - Double(largest) - logSum }
}

extension Matrix {
    /// Calls `body` with every row, on several threads; each writes its own result, in the rows' order.
    func mapRows<Result: Sendable>(
        _ workers: Workers, initial: Result, _ body: @Sendable (Int, UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> [Result] {
        let columns = columns
        return try values.withUnsafeBufferPointer { values in
            // Safety: every row is read only, and every result is written by the one thread that has its row.
            nonisolated(unsafe) let values = values
            return try [Result](unsafeUninitializedCapacity: rows) { results, count in
                results.initialize(repeating: initial)
                count = rows
                nonisolated(unsafe) let results = results
                try workers.forEach(rows) { row in
                    let logits = UnsafeBufferPointer(rebasing: values[row * columns..<(row + 1) * columns])
                    results[row] = try body(row, logits)
                }
            }
        }
    }
}
