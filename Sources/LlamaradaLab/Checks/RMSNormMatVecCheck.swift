import Llamarada
import LlamaradaTensors

extension Checks {
    static let rmsNormMatVec: [CheckCase] = ElementType.allCases.flatMap { type in
        productShapes(type).map { fusedCase(type, rows: $0, columns: $1) } + [
            fusedCase(type, rows: 67, columns: type.wholeBlocks(96), outliers: true),
            fusedCase(type, rows: 257, columns: type.wholeBlocks(96), shards: true),
        ] + JoinedCheck.cases(.rmsNormMatVec, type) + FusedProductCheck.cases(type, normed: true)
            + CompanyCheck.cases(.rmsNormMatVec, type)
    }

    private static func fusedCase(
        _ type: ElementType, rows: Int, columns: Int, outliers: Bool = false, shards: Bool = false
    ) -> CheckCase {
        let special = (outliers ? " outliers" : "") + (shards ? " in shards" : "")
        return CheckCase(
            operation: "RMSNormMatVec", variant: type.name, shape: "(\(rows), \(columns))\(special)",
            bound: PrecisionClass.exact.product
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, .plain)
            var values = random.floats(columns)
            if outliers {
                for index in stride(from: 3, to: columns, by: 17) { values[index] = index % 2 == 0 ? 7e5 : -1e5 }
            }
            let scales = random.floats(columns).map { 1 + $0 / 5 }
            let expected = try ExpectedProduct(weights, normed(values, scales, epsilon: 1e-5), tokens: 1)
            let (x, norm) = (trial.input(values), trial.input(scales))
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let product = trial.output(Float.self, count: rows)
            try trial.run { pass, copy in
                pass.rmsNormMatVec(matrix, x, norm: norm, epsilon: 1e-5, into: product.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(product), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }

    /// The norm in f64, never rounded.
    private static func normed(_ x: [Float], _ weight: [Float], epsilon: Float) -> [Double] {
        let mean = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)
        let scale = 1 / (mean + Double(epsilon)).squareRoot()
        return zip(x, weight).map { Double($0) * scale * Double($1) }
    }
}
