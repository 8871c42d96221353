import Llamarada
import LlamaradaTensors

extension Checks {
    static let matVec: [CheckCase] = ElementType.allCases.flatMap(matVecCases) + [LargeWeights.matVec]

    private static func matVecCases(_ type: ElementType) -> [CheckCase] {
        let shapes = productShapes(type).map { matVecCase(type, rows: $0, columns: $1) }
        let special = [
            matVecCase(type, rows: 67, columns: type.wholeBlocks(96), .edges),
            matVecCase(type, rows: 67, columns: type.wholeBlocks(96), .plain, outliers: true),
            matVecCase(type, rows: 257, columns: type.wholeBlocks(96), shards: true),
        ]
        return shapes + special + JoinedCheck.cases(.matVec, type) + JoinedCheck.cases(.matVecOfParts, type)
            + FusedProductCheck.cases(type, normed: false) + CompanyCheck.cases(.matVec, type)
    }

    /// (rows, columns): one, around a tile and a workgroup, and a model's; block types have whole blocks.
    static func productShapes(_ type: ElementType) -> [(rows: Int, columns: Int)] {
        let model = [(576, 1536), (1536, 576), (33, 4096), (4096, 32), (31, 11008), (11008, 32)]
        return switch type.blockElementCount {
        case 1: [(1, 1), (31, 33), (33, 31), (255, 257), (257, 255), (1, 256), (257, 1)] + model
        case 32: [(1, 32), (31, 64), (33, 32), (255, 288), (257, 256)] + model
        default: [(1, 256), (31, 512), (33, 256), (255, 768), (576, 1536), (33, 4096), (4096, 256), (31, 11008)]
        }
    }

    private static func matVecCase(
        _ type: ElementType, rows: Int, columns: Int, _ flavour: WeightFlavour = .plain, outliers: Bool = false,
        shards: Bool = false
    ) -> CheckCase {
        let special = (flavour == .edges ? " edges" : "") + (outliers ? " outliers" : "") + (shards ? " in shards" : "")
        return CheckCase(
            operation: "MatVec", variant: type.name, shape: "(\(rows), \(columns))\(special)",
            bound: PrecisionClass.exact.product
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, flavour)
            var values = random.floats(columns)
            if outliers {
                for index in stride(from: 3, to: columns, by: 17) { values[index] = index % 2 == 0 ? 7e5 : -1e5 }
            }
            let expected = try ExpectedProduct(weights, values, tokens: 1)
            let x = trial.input(values)
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let product = trial.output(Float.self, count: rows)
            try trial.run { pass, copy in
                pass.matVec(matrix, x, into: product.views[copy])
            } measure: {
                Measurement(
                    actual: trial.values(product), expected: expected.values, magnitudes: expected.magnitudes)
            }
        }
    }
}

extension ElementType {
    /// At least so many columns, as whole blocks.
    func wholeBlocks(_ columns: Int) -> Int {
        (columns + blockElementCount - 1) / blockElementCount * blockElementCount
    }
}
