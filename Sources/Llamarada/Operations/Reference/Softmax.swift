import Glibc

extension Reference {
    /// p[i] = exp((x[i] - max x) / temperature) / Σ, in f64.
    ///
    /// NaN counts as -infinity, probability 0; of several +infinity each gets the same share. Where no value is
    /// larger than -infinity, the first gets everything, as in ``argmax(_:)``.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - temperature: more than 0.
    /// - Returns: (vocabulary), with sum 1.
    package static func softmax(_ logits: [Float], temperature: Double = 1) -> [Double] {
        require(temperature > 0, "softmax", "temperature \(temperature)")
        guard !logits.isEmpty else { return [] }
        let largest = logits[argmax(logits)]
        guard largest > -.infinity else { return [1] + [Double](repeating: 0, count: logits.count - 1) }
        let weights = logits.map { logit in
            if logit == largest { return 1.0 }  // also +infinity, where the difference would be NaN
            return logit.isNaN ? 0 : exp((Double(logit) - Double(largest)) / temperature)
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// log softmax(logits)[index], in nats.
    package static func logProbability(_ logits: [Float], of index: Int) -> Double {
        Double(logits[index]) - logSum(logits)
    }

    /// log Σ exp(logits): what a logit's log-probability lies below it by.
    package static func logSum(_ logits: [Float]) -> Double {
        let largest = Double(logits[argmax(logits)])
        var sum = 0.0
        for logit in logits where !logit.isNaN { sum += exp(Double(logit) - largest) }
        return largest + log(sum)
    }
}
