package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

extension Pass {
    /// embedding[t] = table[tokens[t]], or table[chosen[i]] where tokens[t] is `TokenWord.chosen(at: i)`.
    ///
    /// - Parameters:
    ///   - table: (vocabulary, columns).
    ///   - tokens: (count) ids; those outside the vocabulary leave their row as it is.
    ///   - chosen: ids, or `Reference.noToken`, which is taken for 0; nil where no token is a place in it.
    ///   - embedding: (count, columns).
    package mutating func embedding(
        _ table: WeightMatrix, _ tokens: View<UInt32>, chosen: View<UInt32>? = nil, into embedding: View<Float>
    ) {
        let count = tokens.count
        precondition(
            embedding.count == count * table.columns && table.shards.allSatisfy { $0.rowsBefore == 0 },
            "Embedding: \(count) tokens of (\(table.rows), \(table.columns)) into (\(embedding.count))")
        let lanes = tuning.elementwiseLanes
        for shard in table.shards {
            dispatch(
                Embedding(
                    .init(weight: .init(named: table.elementType.name)),
                    words: .read(shard.words), tokens: .read(tokens), chosen: .read(chosen ?? tokens),
                    embedding: .write(embedding)),
                push: .init(
                    rows: UInt32(shard.rows), columns: UInt32(table.columns), plane1: shard.firstWord(ofPlane: 1),
                    plane2: shard.firstWord(ofPlane: 2), plane3: shard.firstWord(ofPlane: 3),
                    firstRow: UInt32(shard.firstRow), count: UInt32(count)),
                specialize: .init(lanes: UInt32(lanes)),
                over: .elements(count * ((table.columns + 3) / 4), perGroup: lanes),
                cost: Cost(
                    bytesRead: count * shard.layout.byteCount / max(1, shard.rows), bytesWritten: 4 * embedding.count),
                shape: "(\(table.rows), \(table.columns)) × \(count)")
        }
    }
}
