import Llamarada
import LlamaradaDevice

extension Checks {
    static let sampleToken: [CheckCase] =
        [
            (1, 1), (2, 31), (66, 7), (66, 33), (44, 255), (44, 257), (33, 576), (12, 1031), (11, 32_000), (11, 49_152),
            (1, 49_152),
        ].map { rows, columns in sampleCase("(\(rows), \(columns))", rows: rows, columns: columns) { _ in } } + [
            sampleCase("(65537, 3)", rows: 65_537, columns: 3, chosenEvery: 64) { _ in },
            sampleCase("(44, 383) ties", rows: 44, columns: 383) { logits in
                for index in logits.indices { logits[index].round() }
            },
            sampleCase("(22, 257) all equal", rows: 22, columns: 257) { logits in
                for index in logits.indices { logits[index] = -2 }
            },
            // More than the kernel has room for.
            sampleCase("(11, 5000) all equal", rows: 11, columns: 5000) { logits in
                for index in logits.indices { logits[index] = 3 }
            },
            sampleCase("(11, 5000) many equal", rows: 11, columns: 5000) { logits in
                for index in logits.indices where index % 3 != 1 { logits[index] = 9.5 }
            },
            // In parts, where the device has a row in some.
            sampleCase("(2, 50000) all equal", rows: 2, columns: 50_000) { logits in
                for index in logits.indices { logits[index] = 0.5 }
            },
            sampleCase("(3, 33000) ties", rows: 3, columns: 33_000) { logits in
                for index in logits.indices { logits[index].round() }
            },
            sampleCase("(3, 33000) not finite", rows: 3, columns: 33_000) { logits in
                logits[32_999] = .nan
                logits[33_000 + 16_000] = .infinity
                logits[66_000] = -.infinity
            },
            sampleCase("(22, 257) far apart", rows: 22, columns: 257) { logits in
                for index in logits.indices where index % 50 != 7 { logits[index] = -.greatestFiniteMagnitude }
                for index in stride(from: 300, to: logits.count, by: 257) { logits[index] = .greatestFiniteMagnitude }
            },
            sampleCase("(22, 33) subnormal", rows: 22, columns: 33) { logits in
                for index in logits.indices { logits[index] *= 0x1p-128 }
            },
            sampleCase("(22, 33) zeros", rows: 22, columns: 33) { logits in
                for index in logits.indices { logits[index] = index % 2 == 0 ? 0 : -0.0 }
            },
            sampleCase("(33, 257) not finite", rows: 33, columns: 257) { logits in
                for (row, column) in [(0, 0), (2, 256), (5, 131), (11, 8)] { logits[row * 257 + column] = .nan }
                for (row, column) in [(1, 256), (7, 30)] { logits[row * 257 + column] = .infinity }
                for (row, column) in [(3, 255), (8, 0)] { logits[row * 257 + column] = -.infinity }
                for index in 12 * 257..<13 * 257 { logits[index] = .nan }
                logits[13 * 257 + 5] = -.nan
            },
        ]

    /// Every filter alone and together, and temperatures of every size; rows take them in turn.
    private static let options = [
        SamplingOptions(), SamplingOptions(temperature: 0), SamplingOptions(topK: 1),
        SamplingOptions(temperature: 1, topK: 128, topP: 1, minP: 0),
        SamplingOptions(temperature: 1.5, topK: 7, topP: 1, minP: 0),
        SamplingOptions(temperature: 1, topK: 100, topP: 0.7, minP: 0),
        SamplingOptions(temperature: 1, topK: 100, topP: 0, minP: 0),
        SamplingOptions(temperature: 1, topK: 100, topP: 1, minP: 0.3), SamplingOptions(temperature: 1e30, minP: 1e-30),
        SamplingOptions(temperature: .greatestFiniteMagnitude, topP: 1, minP: 0),
        SamplingOptions(temperature: .leastNonzeroMagnitude),
        SamplingOptions(temperature: 1, topK: 100, topP: 1, minP: 0).with { $0.typicalP = 0.6 },
        SamplingOptions(temperature: 1, topP: 1, minP: 0).with { $0.xtc = .init(probability: 1, threshold: 0.03) },
        SamplingOptions(temperature: 1, topK: 128).with { $0.dynamicTemperature = .init(range: 1, exponent: 0.7) },
        SamplingOptions(temperature: 0, topK: 128).with {
            $0.typicalP = 0.9
            $0.xtc = .init(probability: 1, threshold: 0)
            $0.dynamicTemperature = .init(range: .greatestFiniteMagnitude, exponent: 0)
        },
    ]

    /// - Parameter chosenEvery: every so many rows a token is chosen; in between, and in some rows always, none is.
    private static func sampleCase(
        _ shape: String, rows: Int, columns: Int, chosenEvery: Int = 1,
        _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(
            operation: "SampleToken", variant: "", shape: shape, bound: .draws, dependsOnTuning: rows <= Grid.axisLimit
        ) { trial in
            var random = trial.random
            var values = random.floats(rows * columns, scale: 6)
            change(&values)
            let parameters = (0..<rows).map { row in
                let uniform = Double(random.next() >> 11) * 0x1p-53
                guard row % chosenEvery == 0, row % 16 != 10 else { return SamplerRow.none }
                return SamplerRow(options[row / chosenEvery % options.count], uniform: uniform)
            }
            let expected = parameters.enumerated().map { row, parameters in
                parameters.mode == SamplerRow.modeNone
                    ? Trial.poison
                    : Reference.sampleToken(Array(values[row * columns..<(row + 1) * columns]), parameters)
            }
            let (logits, words) = (trial.input(values), trial.input(parameters))
            let candidates = trial.output(UInt64.self, count: columns < 1000 ? 1 : LogitParts.candidateRoom)
            let chosen = trial.output(UInt32.self, count: rows)
            try trial.run { pass, copy in
                pass.sampleToken(
                    logits, parameters: words, candidates: candidates.views[copy], into: chosen.views[copy])
            } measure: {
                measure(trial.values(chosen), expected)
            }
        }
    }

    /// The share of other tokens than expected: with fewer rows than 10,000 none, by the bound. A token where there is none
    /// to be, or none where there is one, is never allowed.
    private static func measure(_ actual: [UInt32], _ expected: [UInt32]) -> Measurement {
        var measurement = Measurement(actual: actual, expected: expected) { Double($0) }
        let differing = zip(actual, expected).filter { $0 != $1 }
        guard differing.allSatisfy({ max($0, $1) < Trial.poison }) else { return measurement }
        let share = Double(differing.count) / Double(actual.count)
        (measurement.nmse, measurement.maxRatio) = (share, share)
        return measurement
    }
}
