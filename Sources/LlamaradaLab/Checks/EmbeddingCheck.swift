import Llamarada
import LlamaradaTensors

extension Checks {
    static let embedding: [CheckCase] =
        ElementType.allCases.flatMap { type in
            let shapes =
                switch type.blockElementCount {
                case 1: [(1, 1, 1), (33, 31, 7), (31, 33, 8), (255, 257, 2), (257, 255, 9)]
                case 32: [(1, 32, 1), (33, 32, 7), (31, 96, 8), (255, 288, 2), (257, 256, 9)]
                default: [(1, 256, 1), (31, 512, 8), (255, 768, 2)]
                }
            return (shapes + [(1000, type.wholeBlocks(576), 33), (33, 4096, 2), (33, 11008, 1)]).map {
                embeddingCase(type, rows: $0, columns: $1, count: $2)
            } + [
                embeddingCase(type, rows: 67, columns: type.wholeBlocks(96), count: 33, .edges),
                embeddingCase(type, rows: 257, columns: type.wholeBlocks(96), count: 33, shards: true),
            ]
        } + [LargeWeights.embedding]

    private static func embeddingCase(
        _ type: ElementType, rows: Int, columns: Int, count: Int, _ flavour: WeightFlavour = .plain,
        shards: Bool = false
    ) -> CheckCase {
        let special = (flavour == .edges ? " edges" : "") + (shards ? " in shards" : "")
        return CheckCase(
            operation: "Embedding", variant: type.name, shape: "(\(rows), \(columns)) × \(count)\(special)",
            bound: .identical
        ) { trial in
            var random = trial.random
            let weights = random.weights(type, rows: rows, columns: columns, flavour)
            // The first and last rows, random ones, and one beyond the table, whose row must stay as it is.
            var ids = [0, rows - 1] + (0..<count).map { _ in random.index(below: rows) }
            if count > 2 { ids[2] = rows }
            ids = Array(ids.prefix(count))
            let table = try weights.values()
            let expected = ids.flatMap { id in
                (0..<columns).map { id < rows ? table[id * columns + $0].bitPattern : Trial.poison }
            }
            // Every third one is chosen by the device; where nothing was, it is token 0.
            let words = ids.indices.map { $0 % 3 == 1 ? TokenWord.chosen(at: ids.count - 1 - $0) : UInt32(ids[$0]) }
            let tokens = trial.input(words)
            let chosen = trial.input(ids.reversed().map { $0 == 0 ? Reference.noToken : UInt32($0) })
            let matrix = try trial.matrix(weights, shardByteCount: shards ? LargeWeights.shardByteCount(weights) : .max)
            let embedding = trial.output(Float.self, count: count * columns)
            try trial.run { pass, copy in
                pass.embedding(matrix, tokens, chosen: chosen, into: embedding.views[copy])
            } measure: {
                Measurement(actual: trial.values(embedding).map(\.bitPattern), expected: expected) {
                    Double(Float(bitPattern: $0))
                }
            }
        }
    }
}
