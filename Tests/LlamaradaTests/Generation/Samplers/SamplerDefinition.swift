import Foundation
import Llamarada
import LlamaradaText

/// Every sampler by its definition, in f64 and without regard to speed: written apart from the library, to compare with.
///
/// A row of logits in which what is left out is minus infinity.
enum SamplerDefinition {
    /// The probability of each token.
    static func probabilities(
        _ logits: [Float], _ options: SamplingOptions, history: [TokenID] = [], answer: [TokenID] = []
    ) -> [Double] {
        var row = logits.map(Double.init)
        for (token, bias) in options.logitBias { row[Int(token)] += Double(bias) }
        let isMirostat = options.mirostat.version != .off
        // Each as likely as it says.
        var rows = [(1.0, row)]
        for stage in isMirostat ? [.temperature] : options.samplers {
            rows = rows.flatMap { share, row in
                stage == .xtc
                    ? [
                        (share * Double(options.xtc.probability), xtc(row, Double(options.xtc.threshold))),
                        (share * (1 - Double(options.xtc.probability)), row),
                    ] : [(share, applied(stage, row, options, history, answer))]
            }
        }
        if isMirostat { rows = rows.map { ($0.0, mirostat($0.1, options.mirostat)) } }
        return rows.reduce([Double](repeating: 0, count: logits.count)) { sum, row in
            zip(sum, softmax(row.1)).map { $0 + row.0 * $1 }
        }
    }

    static func softmax(_ row: [Double]) -> [Double] {
        let largest = row.max() ?? 0
        let weights = row.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    private static func applied(
        _ stage: SamplerStage, _ row: [Double], _ options: SamplingOptions, _ history: [TokenID], _ answer: [TokenID]
    ) -> [Double] {
        switch stage {
        case .penalties: penalised(row, options, history, answer)
        case .dry: dry(row, options.dry, history)
        case .topNSigma: topNSigma(row, Double(options.topNSigma))
        case .topK: options.topK == 0 ? row : keep(row, Set(order(row).prefix(options.topK)))
        case .typical: typical(row, Double(options.typicalP))
        case .topP: topP(row, Double(options.topP))
        case .minP: minP(row, Double(options.minP))
        case .xtc: row
        case .temperature: row.map { $0 / temperature(row, options) }
        }
    }

    private static func order(_ row: [Double]) -> [Int] {
        row.indices.filter { row[$0] > -.infinity }.sorted { row[$0] > row[$1] }
    }

    private static func keep(_ row: [Double], _ kept: Set<Int>) -> [Double] {
        row.indices.map { kept.contains($0) ? row[$0] : -.infinity }
    }

    private static func penalised(
        _ row: [Double], _ options: SamplingOptions, _ history: [TokenID], _ answer: [TokenID]
    ) -> [Double] {
        let recent = options.repeatLastN < 0 ? history : Array(history.suffix(options.repeatLastN))
        return row.indices.map { token in
            let isRecent = recent.contains(TokenID(token))
            var logit = row[token]
            if isRecent { logit *= logit > 0 ? 1 / Double(options.repeatPenalty) : Double(options.repeatPenalty) }
            let count = (options.penalisedText == .answer ? answer : recent).count { $0 == TokenID(token) }
            return logit - Double(count) * Double(options.frequencyPenalty)
                - (count > 0 ? Double(options.presencePenalty) : 0)
        }
    }

    private static func dry(_ row: [Double], _ options: SamplingOptions.DRY, _ history: [TokenID]) -> [Double] {
        var row = row
        for (token, length) in repetitions(history, options, breakers: []) {
            row[Int(token)] -=
                Double(options.multiplier) * pow(Double(options.base), Double(length - options.allowedLength))
        }
        return row
    }

    /// For each token that would continue a repetition the longest one's length, by looking at every pair of places.
    static func repetitions(
        _ history: [TokenID], _ options: SamplingOptions.DRY, breakers: [[TokenID]]
    ) -> [TokenID: Int] {
        let text = options.lastN < 0 ? history : Array(history.suffix(options.lastN))
        // The text behind the last breaker; of several that begin at one place behind the longest.
        var limit = text.count
        for start in text.indices.reversed() {
            let here = breakers.filter { text[start...].starts(with: $0) }
            guard let longest = here.map(\.count).max() else { continue }
            limit = text.count - start - longest
            break
        }
        var lengths: [TokenID: Int] = [:]
        guard options.multiplier > 0, text.count > options.allowedLength, limit >= options.allowedLength else {
            return [:]
        }
        for next in 1..<text.count {
            var length = 0
            while length < min(next, limit), text[next - 1 - length] == text[text.count - 1 - length] { length += 1 }
            guard length >= options.allowedLength, !breakers.contains([text[next]]) else { continue }
            lengths[text[next]] = max(lengths[text[next]] ?? 0, length)
        }
        return lengths
    }

    private static func topNSigma(_ row: [Double], _ count: Double) -> [Double] {
        let left = row.filter { $0 > -.infinity }
        let mean = left.reduce(0, +) / Double(left.count)
        let deviation = sqrt(left.map { pow($0 - mean, 2) }.reduce(0, +) / Double(left.count))
        guard let largest = left.max(), count > 0 else { return row }
        return row.map { $0 >= largest - count * deviation ? $0 : -.infinity }
    }

    private static func entropy(_ probabilities: [Double]) -> Double {
        -probabilities.filter { $0 > 0 }.map { $0 * log($0) }.reduce(0, +)
    }

    private static func typical(_ row: [Double], _ limit: Double) -> [Double] {
        guard limit < 1 else { return row }
        let probabilities = softmax(row)
        let entropy = entropy(probabilities)
        let nearest = order(row).sorted {
            abs(-log(probabilities[$0]) - entropy) < abs(-log(probabilities[$1]) - entropy)
        }
        return keepReaching(row, nearest, probabilities) { $0 > limit }
    }

    private static func topP(_ row: [Double], _ limit: Double) -> [Double] {
        limit < 1 ? keepReaching(row, order(row), softmax(row)) { $0 >= limit } : row
    }

    private static func keepReaching(
        _ row: [Double], _ order: [Int], _ probabilities: [Double], _ isReached: (Double) -> Bool
    ) -> [Double] {
        var (sum, kept) = (0.0, Set<Int>())
        for token in order where !isReached(sum) || kept.isEmpty {
            sum += probabilities[token]
            kept.insert(token)
        }
        return keep(row, kept)
    }

    private static func minP(_ row: [Double], _ share: Double) -> [Double] {
        let probabilities = softmax(row)
        guard let largest = probabilities.max() else { return row }
        return row.indices.map { probabilities[$0] >= share * largest ? row[$0] : -.infinity }
    }

    private static func xtc(_ row: [Double], _ threshold: Double) -> [Double] {
        let probabilities = softmax(row)
        let top = order(row).filter { probabilities[$0] >= threshold }
        return keep(row, Set(order(row)).subtracting(top.dropLast()))
    }

    private static func temperature(_ row: [Double], _ options: SamplingOptions) -> Double {
        let middle = Double(options.temperature)
        let range = Double(options.dynamicTemperature.range)
        let count = order(row).count
        guard range > 0, options.mirostat.version == .off, count > 1 else { return middle }
        let share = entropy(softmax(row)) / log(Double(count))
        let lowest = max(0, middle - range)
        return lowest + (middle + range - lowest) * pow(share, Double(options.dynamicTemperature.exponent))
    }

    /// What Mirostat keeps while it allows twice the target.
    static func mirostat(
        _ row: [Double], _ options: SamplingOptions.Mirostat, allowing largest: Double? = nil
    ) -> [Double] {
        let largest = largest ?? 2 * Double(options.targetSurprise)
        let probabilities = softmax(row)
        let order = order(row)
        if options.version == .second {
            let kept = order.filter { -log2(probabilities[$0]) <= largest }
            return keep(row, kept.isEmpty ? [order[0]] : Set(kept))
        }
        // The paper's algorithm 1: s from the likeliest m, then k.
        let pairs = zip(order, order.dropFirst()).prefix(99).enumerated()
        let steps = pairs.map { rank, _ in log(Double(rank + 2) / Double(rank + 1)) }
        let falls = pairs.map { _, pair in log(probabilities[pair.0] / probabilities[pair.1]) }
        let exponent = zip(steps, falls).map(*).reduce(0, +) / steps.map { $0 * $0 }.reduce(0, +)
        let excess = exponent - 1
        let k = pow(excess * pow(2, largest) / (1 - pow(Double(order.count), -excess)), 1 / exponent)
        return keep(row, Set(order.prefix(k < Double(order.count) ? max(1, Int(k)) : order.count)))
    }
}
