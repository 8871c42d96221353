package import Llamarada
package import LlamaradaTensors
import LlamaradaText

/// Collects what a model's matrices multiply while it runs over a text: Σ xⱼ² of every column.
package struct ImportanceCollector {
    /// The text, and how much of it is run.
    package struct Request: Sendable {
        package var text: String
        /// What the text is called in the result.
        package var dataset: String
        /// Tokens of a chunk.
        package var chunkLength: Int
        /// Most chunks; nil takes all.
        package var limit: Int?
        /// Whether the head counts too, which takes time.
        package var includesHead: Bool

        package init(text: String, dataset: String, chunkLength: Int, limit: Int?, includesHead: Bool) {
            self.text = text
            self.dataset = dataset
            self.chunkLength = chunkLength
            self.limit = limit
            self.includesHead = includesHead
        }
    }

    private let model: ModelLoader
    private let transformer: any TappedTransformer

    /// - Parameter transformer: the model's, with room for a chunk.
    package init(_ model: ModelLoader, _ transformer: any TappedTransformer) {
        self.model = model
        self.transformer = transformer
    }

    /// Runs chunks of the text that know nothing of each other, cut as for a perplexity.
    ///
    /// - Parameter progress: gets the number of chunks that are done, and of all; may throw to stop.
    /// - Throws: `GenerationError` where the text is shorter than a chunk, `CheckpointError` where the weights give numbers
    ///   that are not finite, `DeviceError`, and what `progress` throws.
    package func collect(
        _ request: Request, progress: (_ done: Int, _ total: Int) throws -> Void
    ) throws -> ImportanceMatrix {
        let tokenizer = try Tokenizer(gguf: model.file)
        let chunks = try EvaluationChunks(
            tokenizer.encode(request.text, addSpecial: true, parseSpecial: false), length: request.chunkLength,
            limit: request.limit, bos: tokenizer.vocabulary.chunkStart)
        let sums = Sums()
        transformer.tap = .productInputs(sums.add)
        defer { transformer.tap = nil }
        try progress(0, chunks.count)
        for chunk in 0..<chunks.count {
            try explainingNonFiniteLogits(of: model.file) {
                _ = try transformer.forward(chunks.input(chunk), at: 0, logits: request.includesHead ? .all : .none)
                guard sums.areFinite else { throw NonFiniteLogits() }
            }
            try progress(chunk + 1, chunks.count)
        }
        let tensors = try ModelTensors(model.file, model.configuration)
        return ImportanceMatrix(
            entries: sums.entries { tensors[$0].name }, datasets: [request.dataset], chunkCount: chunks.count,
            chunkLength: chunks.length)
    }

    /// The sums so far.
    private final class Sums {
        private var squares: [WeightName: [Double]] = [:]
        private var counts: [WeightName: Int] = [:]

        /// Whether the file can hold them.
        var areFinite: Bool { squares.values.allSatisfy { $0.allSatisfy { Float($0).isFinite } } }

        /// Adds the squares of a product's input: (rows, columns).
        func add(_ weight: WeightName, _ input: Matrix) {
            counts[weight, default: 0] += input.rows
            squares[weight, default: [Double](repeating: 0, count: input.columns)].withUnsafeMutableBufferPointer {
                sums in
                input.values.withUnsafeBufferPointer { values in
                    for row in 0..<input.rows {
                        for column in 0..<input.columns {
                            let value = Double(values[row * input.columns + column])
                            sums[column] += value * value
                        }
                    }
                }
            }
        }

        func entries(name: (WeightName) -> String) -> [String: ImportanceMatrix.Entry] {
            Dictionary(
                uniqueKeysWithValues: squares.map { weight, sums in
                    (name(weight), .init(squares: sums.map { Float($0) }, count: Float(counts[weight] ?? 0)))
                })
        }
    }
}
