import Llamarada
import LlamaradaDevice

extension Checks {
    static let topK: [CheckCase] = [
        topKCase("(1, 1) in 1", rows: 1, columns: 1, parts: 1) { _ in },
        topKCase("(3, 7) in 7", rows: 3, columns: 7, parts: 7) { _ in },
        topKCase("(7, 33) in 4", rows: 7, columns: 33, parts: 4) { _ in },
        topKCase("(2, 128) in 1", rows: 2, columns: 128, parts: 1) { _ in },
        topKCase("(3, 255) in 2", rows: 3, columns: 255, parts: 2) { _ in },
        topKCase("(10, 512) in 3", rows: 10, columns: 512, parts: 3) { _ in },
        topKCase("(5, 1031) in 3", rows: 5, columns: 1031, parts: 3) { _ in },
        topKCase("(1, 49152) in 48", rows: 1, columns: 49_152, parts: 48) { _ in },
        topKCase("(3, 2000) ties in 2", rows: 3, columns: 2000, parts: 2) { logits in
            for index in logits.indices { logits[index].round() }
        },
        // More than the kernel has room for.
        topKCase("(5, 3001) all equal in 3", rows: 5, columns: 3001, parts: 3) { logits in
            for index in logits.indices { logits[index] = -0.5 }
        },
        topKCase("(5, 513) not finite in 5", rows: 5, columns: 513, parts: 5) { logits in
            logits[5] = .nan
            logits[513 + 512] = .infinity
            logits[2 * 513 + 300] = -.infinity
            logits[2 * 513 + 400] = .greatestFiniteMagnitude
            logits[3 * 513] = -.greatestFiniteMagnitude
        },
    ]

    private static func topKCase(
        _ shape: String, rows: Int, columns: Int, parts most: Int,
        _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "TopK", variant: "", shape: shape, bound: .identical, dependsOnTuning: true) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 6)
            change(&values)
            let parameters = (0..<rows).map { row in
                row % 5 == 4
                    ? SamplerRow.none
                    : SamplerRow(
                        topK: [40, 1, UInt32(SamplerRow.largestDeviceTopK), 7][row % 4], topP: 1,
                        logMinP: -.greatestFiniteMagnitude, inverseTemperature: 1, uniform: 0, penalty: 1,
                        inversePenalty: 1)
            }
            let parts = LogitParts(columns: columns, most: most)
            let room = parts.count * SamplerRow.largestDeviceTopK
            let poison = UInt64(Trial.poison) << 32 | UInt64(Trial.poison)
            let expected = parameters.enumerated().flatMap { row, parameters in
                let logits = Array(values[row * columns..<(row + 1) * columns])
                let found =
                    parameters.mode == SamplerRow.modeNone ? [] : candidates(logits, Int(parameters.topK), parts)
                return found + Array(repeating: poison, count: room - found.count)
            }
            let (logits, words) = (trial.input(values), trial.input(parameters))
            let found = trial.output(UInt64.self, count: rows * room)
            try trial.run { pass, copy in
                pass.topK(logits, parameters: words, parts: parts, into: found.views[copy])
            } measure: {
                // Both words, as numbers that f64 holds.
                Measurement(actual: halves(trial.values(found)), expected: halves(expected)) { Double($0) }
            }
        }
    }

    /// What the parts of a row of logits may give to its first.
    private static func candidates(_ logits: [Float], _ k: Int, _ parts: LogitParts) -> [UInt64] {
        stride(from: 0, to: logits.count, by: parts.width).flatMap { begin in
            let part = Array(logits[begin..<min(begin + parts.width, logits.count)])
            guard part.allSatisfy(\.isFinite) else {
                return (0..<min(k, part.count)).map { UInt64(begin + $0) << 32 }
            }
            return Reference.topK(part, k).map {
                UInt64(begin + $0.id) << 32 | UInt64(Reference.order(of: $0.logit))
            }
        }
    }

    private static func halves(_ words: [UInt64]) -> [UInt32] {
        words.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
    }
}
