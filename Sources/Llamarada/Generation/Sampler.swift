import Glibc
package import LlamaradaText

/// Chooses the next token: repeat penalty, top-k, top-p, min-p, temperature, then a draw, in llama.cpp's order.
package struct Sampler: Sendable {
    package let options: SamplingOptions
    private var random: RandomSource

    /// Starts a random sequence. `options` must be valid, see ``SamplingOptions/validate()``.
    package init(_ options: SamplingOptions) {
        require(options.validate() == nil, "Sampler", options.validate() ?? "")
        self.options = options
        self.random = RandomSource(seed: options.seed ?? UInt64.random(in: .min ... .max))
    }

    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - history: the tokens so far, prompt included, for the repeat penalty.
    package mutating func sample(_ logits: [Float], history: [TokenID]) -> TokenID {
        let penalized = Sampler.penalize(logits, history: history, options)
        guard options.temperature > 0 else { return TokenID(Reference.argmax(penalized)) }
        var kept = Sampler.topK(penalized, options.topK)
        Sampler.topP(&kept, options.topP)
        Sampler.minP(&kept, options.minP)
        // Drawn in the order of ids: without filters this is Reference.softmaxSample over the vocabulary.
        kept.sort { $0.id < $1.id }
        let chosen = Reference.softmaxSample(
            kept.map(\.logit), temperature: Double(options.temperature), u: random.nextUnit())
        return TokenID(kept[chosen].id)
    }

    /// The next number in [0, 1), for a draw that the device makes.
    package mutating func nextUniform() -> Double { random.nextUnit() }
}

// The filters; not private, so that each can be tested alone.
extension Sampler {
    package struct Candidate: Equatable, Sendable {
        package var id: Int
        package var logit: Float
    }

    /// Logits of tokens among the last `repeatLastN` of the history are moved towards "less likely", once each.
    package static func penalize(_ logits: [Float], history: [TokenID], _ options: SamplingOptions) -> [Float] {
        guard options.repeatPenalty != 1 else { return logits }
        let recent = options.repeatLastN < 0 ? history[...] : history.suffix(options.repeatLastN)
        var result = logits
        for token in Set(recent) where logits.indices.contains(Int(token)) {
            let logit = logits[Int(token)]
            result[Int(token)] = logit > 0 ? logit / options.repeatPenalty : logit * options.repeatPenalty
        }
        return result
    }

    /// The `count` largest logits, largest first and the lower id first of equal ones; 0 takes all. NaN comes last.
    package static func topK(_ logits: [Float], _ count: Int) -> [Candidate] {
        func precedes(_ a: Candidate, _ b: Candidate) -> Bool { a.logit == b.logit ? a.id < b.id : a.logit > b.logit }
        let all = logits.enumerated().lazy.map { Candidate(id: $0, logit: $1.isNaN ? -.infinity : $1) }
        // Insertion into a short sorted list touches few candidates; above some hundred a full sort is faster.
        guard (1...256).contains(count) else {
            let sorted = all.sorted(by: precedes)
            return count == 0 ? sorted : Array(sorted.prefix(count))
        }
        var kept: [Candidate] = []
        for candidate in all {
            if kept.count == count, let last = kept.last, !precedes(candidate, last) { continue }
            if kept.count == count { kept.removeLast() }
            let place = kept.firstIndex { precedes(candidate, $0) } ?? kept.endIndex
            kept.insert(candidate, at: place)
        }
        return kept
    }

    /// Drops the tail after the first candidates whose probabilities sum to at least `limit`; keeps at least one.
    package static func topP(_ candidates: inout [Candidate], _ limit: Float) {
        guard limit < 1 else { return }
        var sum = 0.0
        for (index, probability) in Reference.softmax(candidates.map(\.logit)).enumerated() {
            sum += probability
            if sum >= Double(limit) {
                candidates.removeSubrange((index + 1)...)
                return
            }
        }
    }

    /// Drops candidates less than `fraction` times as likely as the first, the largest.
    package static func minP(_ candidates: inout [Candidate], _ fraction: Float) {
        guard fraction > 0, let largest = candidates.first?.logit, largest.isFinite else { return }
        let least = largest + log(fraction)
        candidates.removeAll { $0.logit < least }
    }
}
