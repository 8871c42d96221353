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
        require(temperature > 0, "SoftmaxSample", "temperature \(temperature)")
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

    /// The first index at which the running sum of `probabilities` exceeds `u`.
    ///
    /// - Parameters:
    ///   - probabilities: (n), with sum about 1; an entry of 0 is never drawn.
    ///   - u: in [0, 1).
    package static func draw(_ probabilities: [Double], u: Double) -> Int {
        var sum = 0.0
        var last = 0
        for (index, probability) in probabilities.enumerated() where probability > 0 {
            sum += probability
            if sum > u { return index }
            last = index
        }
        return last  // the sum was rounded to less than u
    }

    /// Draws an index from softmax(logits / temperature) by inverting its distribution function in index order.
    package static func softmaxSample(_ logits: [Float], temperature: Double = 1, u: Double) -> Int {
        draw(softmax(logits, temperature: temperature), u: u)
    }

    /// log softmax(logits)[index], in nats.
    package static func logProbability(_ logits: [Float], of index: Int) -> Double {
        let largest = Double(logits[argmax(logits)])
        var sum = 0.0
        for logit in logits where !logit.isNaN { sum += exp(Double(logit) - largest) }
        return Double(logits[index]) - largest - log(sum)
    }
}
