import Glibc
package import LlamaradaText

/// DRY's penalties (p-e-w, text-generation-webui pull request 5677; breakers as in llama.cpp).
package enum DRYPenalty {
    /// What is taken off the logits of tokens that would continue a repetition.
    ///
    /// The text ends in n tokens that stand in it before, too, and there t came next: then t is penalised with
    /// multiplier · base^(n - allowed length), for the largest n that t has, if that is at least the allowed length. No
    /// repetition reaches over a breaker, and a token that breaks by itself has no penalty. Linear in the text's length.
    ///
    /// - Parameter history: the tokens so far, prompt included.
    package static func penalties(
        _ history: [TokenID], _ options: SamplingOptions.DRY, _ breakers: SequenceBreakers
    ) -> [TokenID: Float] {
        guard options.multiplier > 0, options.lastN != 0 else { return [:] }
        let text = options.lastN < 0 ? history[...] : history.suffix(options.lastN)
        let limit = breakers.lengthBehindLast(in: text)
        guard text.count > options.allowedLength, limit >= options.allowedLength else { return [:] }
        let backwards = Array(text.reversed())
        let lengths = prefixLengths(backwards)
        var longest: [TokenID: Int] = [:]
        for place in 1..<max(1, backwards.count) {
            let length = min(lengths[place], limit)
            guard length >= options.allowedLength else { continue }
            longest[backwards[place - 1], default: length] = max(longest[backwards[place - 1]] ?? 0, length)
        }
        return longest.filter { !breakers.isBreaker($0.key) }.mapValues { length in
            let penalty = Double(options.multiplier) * pow(Double(options.base), Double(length - options.allowedLength))
            return Float(min(penalty, Double(Float.greatestFiniteMagnitude)))
        }
    }

    /// How many tokens from each place on are those from the beginning on (the Z-algorithm: Gusfield, Algorithms on
    /// Strings, Trees, and Sequences, 1997, section 1.3); for place 0 all.
    static func prefixLengths(_ tokens: [TokenID]) -> [Int] {
        var lengths = [Int](repeating: tokens.count, count: tokens.count)
        // What is known to be like the beginning reaches from `start` to before `end`.
        var (start, end) = (0, 0)
        for place in tokens.indices.dropFirst() {
            var length = place < end ? min(lengths[place - start], end - place) : 0
            while place + length < tokens.count, tokens[length] == tokens[place + length] { length += 1 }
            lengths[place] = length
            if place + length > end { (start, end) = (place, place + length) }
        }
        return lengths
    }
}
