import LlamaradaErrors

/// How much the columns of a model's matrices matter: the mean square of what multiplies each of them, over a text.
///
/// The squared error of a product with quantised weights is Σⱼ (Δwⱼ xⱼ)², on average Σⱼ Δwⱼ² E[xⱼ²] where the xⱼ are
/// independent: errors in columns that multiply large numbers cost most, and a quantiser that knows them spends its
/// levels there.
package struct ImportanceMatrix: Sendable {
    /// What is known of a matrix.
    package struct Entry: Sendable, Equatable {
        /// Σ xⱼ² of every column.
        package var squares: [Float]
        /// How many x were summed.
        package var count: Float

        package init(squares: [Float], count: Float) {
            self.squares = squares
            self.count = count
        }
    }

    /// By the matrices' names, such as "blk.0.attn_q.weight".
    package let entries: [String: Entry]
    /// Where the text came from, as the file says.
    package let datasets: [String]
    /// Chunks of the text that were computed.
    package let chunkCount: Int
    /// Tokens of a chunk.
    package let chunkLength: Int

    package init(entries: [String: Entry], datasets: [String], chunkCount: Int, chunkLength: Int) {
        self.entries = entries
        self.datasets = datasets
        self.chunkCount = chunkCount
        self.chunkLength = chunkLength
    }

    /// What an error weighs in each column of a matrix, 1 on average; nil where nothing is known of it.
    package func weights(of matrix: String) -> [Float]? {
        guard let entry = entries[matrix] else { return nil }
        let mean = entry.squares.reduce(0.0) { $0 + Double($1) } / Double(entry.squares.count)
        guard mean > 0 else { return nil }
        return entry.squares.map { max(Float(Double($0) / mean), Self.leastWeight) }
    }

    /// What an error weighs in a column that multiplied nothing but zeros: another text may have something there.
    private static let leastWeight: Float = 1e-5
}

extension ImportanceMatrix {
    /// Throws `CheckpointError` unless the matrix speaks of a model's tensors.
    func check(against file: GGUFFile, path: String) throws(CheckpointError) {
        var known = 0
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let tensor = file.tensor(named: name) else { continue }
            guard tensor.columnCount == entry.squares.count else {
                throw Self.foreign(
                    path, "\(name.quoted()) has \(entry.squares.count) columns, in \(file.path) \(tensor.columnCount)")
            }
            known += 1
        }
        guard known > 0 else { throw Self.foreign(path, "\(file.path) has none of its \(entries.count) matrices") }
    }

    private static func foreign(_ path: String, _ problem: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: path, problem: "the importance matrix is another model's: \(problem)",
            remedy: .remakeImportance)
    }
}
