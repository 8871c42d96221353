import Llamarada

extension Checks {
    static let softmaxSample: [CheckCase] =
        [1, 2, 31, 33, 255, 257, 576, 32_000, 49_152].map { columns in
            softmaxCase("(\(columns))", columns: columns, temperature: 0.8) { _ in }
        } + [
            softmaxCase("(576) at temperature 0.1", columns: 576, temperature: 0.1) { _ in },
            softmaxCase("(257) all equal", columns: 257) { $0 = [Float](repeating: 3, count: $0.count) },
            softmaxCase("(257) far apart", columns: 257) { logits in
                for index in logits.indices where index % 50 != 7 { logits[index] = -.greatestFiniteMagnitude }
            },
            refusedCase("(257) with NaN", columns: 257) { logits in
                for index in stride(from: 0, to: logits.count, by: 3) { logits[index] = .nan }
            },
            refusedCase("(257) one NaN", columns: 257) { $0[256] = .nan },
            refusedCase("(257) with +infinity", columns: 257) { ($0[40], $0[41]) = (.infinity, .infinity) },
            refusedCase("(257) one -infinity", columns: 257) { $0[100] = -.infinity },
            refusedCase("(33) nothing but NaN", columns: 33) { $0 = [Float](repeating: .nan, count: $0.count) },
        ]

    /// Logits from which no token may come.
    private static func refusedCase(
        _ shape: String, columns: Int, _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "SoftmaxSample", variant: "", shape: shape, bound: .identical) { trial in
            var random = trial.random
            var values = random.floats(columns, scale: 6)
            change(&values)
            let logits = trial.input(values)
            let draw = trial.input([0.5, 1] as [Float])
            let drawn = trial.output(UInt32.self, count: 1)
            try trial.run { pass, copy in
                pass.softmaxSample(logits, draw: draw, into: drawn.views[copy])
            } measure: {
                Measurement(actual: trial.values(drawn), expected: [Reference.noToken]) { Double($0) }
            }
        }
    }

    /// Draws at several places of the distribution. The error of a draw is how far, in cumulative probability, the place
    /// lies outside the drawn index's part; an index without probability is wrong by 1.
    private static func softmaxCase(
        _ shape: String, columns: Int, temperature: Float = 1, _ change: @escaping @Sendable (inout [Float]) -> Void
    ) -> CheckCase {
        CheckCase(operation: "SoftmaxSample", variant: "", shape: shape, bound: .softmax) { trial in
            var random = trial.random
            var values = random.floats(columns, scale: 6)
            change(&values)
            let cumulative = cumulative(values, temperature: temperature)
            let places: [Float] = [0, 0.25, 0.5, 0.77, 0.999, 1 - 0x1p-24] + random.floats(3).map(abs)
            let logits = trial.input(values)
            let draws = places.map { trial.input([$0, 1 / temperature]) }
            let drawn = places.map { _ in trial.output(UInt32.self, count: 1) }
            try trial.run { pass, copy in
                for (draw, drawn) in zip(draws, drawn) {
                    pass.softmaxSample(logits, draw: draw, into: drawn.views[copy])
                }
            } measure: {
                measure(drawn.flatMap { trial.values($0) }, places, cumulative)
            }
        }
    }

    private static func measure(_ draws: [UInt32], _ places: [Float], _ cumulative: [Double]) -> Measurement {
        var measurement = Measurement()
        measurement.count = draws.count
        for (index, (draw, place)) in zip(draws, places).enumerated() {
            if draw == Trial.poison { measurement.unwrittenCount += 1 }
            let error = distance(Int(draw), Double(place), cumulative)
            measurement.nmse = max(measurement.nmse, error * error)
            if error > measurement.maxError {
                (measurement.maxError, measurement.maxErrorIndex) = (error, index)
                (measurement.maxRatio, measurement.maxRatioIndex) = (error, index)
            }
        }
        return measurement
    }

    private static func distance(_ draw: Int, _ place: Double, _ cumulative: [Double]) -> Double {
        guard cumulative.indices.contains(draw) else { return 1 }
        let (from, to) = (draw == 0 ? 0 : cumulative[draw - 1], cumulative[draw])
        return from == to ? 1 : max(0, from - place, place - to)
    }

    private static func cumulative(_ logits: [Float], temperature: Float) -> [Double] {
        var sum = 0.0
        return Reference.softmax(logits, temperature: Double(temperature)).map { probability in
            sum += probability
            return sum
        }
    }
}
