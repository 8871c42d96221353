import Llamarada
import LlamaradaTensors

extension Checks {
    static let matMul: [CheckCase] = ElementType.allCases.flatMap(matMulCases) + [LargeWeights.matMul]

    private static func matMulCases(_ type: ElementType) -> [CheckCase] {
        let tokens = [2, 9, 7, 1, 8, 33]
        let shapes = productShapes(type).enumerated().map { index, shape in
            matMulCase(type, rows: shape.rows, columns: shape.columns, tokens: tokens[index % tokens.count])
        }
        let counts = [1, 2, 7, 8, 9, 33].map {
            matMulCase(type, rows: 131, columns: type.wholeBlocks(160), tokens: $0)
        }
        let special = [
            matMulCase(type, rows: 67, columns: type.wholeBlocks(96), tokens: 3, .edges),
            matMulCase(type, rows: 257, columns: type.wholeBlocks(96), tokens: 5, shards: true),
        ]
        return shapes + counts + special + JoinedCheck.cases(.matMulOfParts, type) + CompanyCheck.cases(.matMul, type)
            + CompanyCheck.cases(.mixed, type)
    }

    private static func matMulCase(
        _ type: ElementType, rows: Int, columns: Int, tokens: Int, _ flavour: WeightFlavour = .plain,
        shards: Bool = false
    ) -> CheckCase {
        let special = (flavour == .edges ? " edges" : "") + (shards ? " in shards" : "")
        return CheckCase(
            operation: "MatMul", variant: type.name, shape: "(\(rows), \(columns)) × \(tokens)\(special)",
            bound: PrecisionClass.exact.product
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, flavour)
            let values = random.floats(tokens * columns)
            let expected = try ExpectedProduct(weights, values, tokens: tokens)
            let x = trial.input(values)
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let product = trial.output(Float.self, count: tokens * rows)
            try trial.run { pass, copy in
                pass.matMul(matrix, x, tokens: tokens, into: product.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(product), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }
}
