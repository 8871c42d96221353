import Glibc
public import Llamarada
package import LlamaradaTensors
package import LlamaradaText
package import LlamaradaThreads

/// The perplexity of a text over the chunks seen so far.
public struct PerplexityEstimate: Sendable, Equatable {
    /// Finished chunks.
    public let chunk: Int
    /// All chunks.
    public let chunkCount: Int
    /// Tokens of a chunk.
    public let contextLength: Int
    /// Tokens scored so far.
    public let tokenCount: Int
    /// The mean negative log-likelihood of a scored token, in nats.
    public let meanNegativeLogLikelihood: Double
    /// exp(mean negative log-likelihood).
    public let perplexity: Double
    /// perplexity · sd / √(tokens − 1), where sd is the standard deviation of a token's negative log-likelihood; NaN for
    /// one token.
    public let uncertainty: Double

    init(chunk: Int, of chunks: EvaluationChunks, _ moments: Moments) {
        self.chunk = chunk
        chunkCount = chunks.count
        contextLength = chunks.length
        tokenCount = moments.count
        meanNegativeLogLikelihood = moments.mean
        perplexity = exp(moments.mean)
        uncertainty = perplexity * moments.uncertainty
    }
}

extension LanguageModel {
    /// How well the model predicts a text, by llama.cpp's method: the text is tokenized once (with BOS where the model adds
    /// one) and cut into chunks as long as the model's context; each is run on an empty cache, its first token replaced
    /// by BOS where the model adds one, and the second half of its tokens is scored.
    ///
    /// - Parameters:
    ///   - limit: at most so many chunks; nil takes all.
    ///   - path: where the log-probabilities are saved for `divergence`, or nil. The file appears when it is complete.
    ///   - check: called several times a chunk; may throw to stop.
    ///   - each: gets the estimate after every chunk; may throw to stop.
    /// - Returns: the estimate after every chunk; the last is the result.
    /// - Throws: `GenerationError` where the text is shorter than a chunk, `CheckpointError` with code `io` where the file
    ///   can't be written, and what `check` and `each` throw.
    public func perplexity(
        of text: String, limit: Int? = nil, savingBaseTo path: String? = nil,
        check: @escaping @Sendable () throws -> Void = {},
        each: @escaping @Sendable (PerplexityEstimate) throws -> Void = { _ in }
    ) async throws -> [PerplexityEstimate] {
        let output = try path.map { try AtomicOutputFile(path: $0) }
        let estimates = try await perplexity(of: text, limit: limit, savingBaseIn: output, check: check, each: each)
        try output?.commit(check: check)
        return estimates
    }

    /// The same with the base written into an output that is open already, whose commit is left to the caller.
    package func perplexity(
        of text: String, limit: Int?, savingBaseIn output: AtomicOutputFile?,
        check: @escaping @Sendable () throws -> Void, each: @escaping @Sendable (PerplexityEstimate) throws -> Void
    ) async throws -> [PerplexityEstimate] {
        let tokens = tokenizer.encode(text, addSpecial: true, parseSpecial: false)
        let chunks = try EvaluationChunks(
            tokens, length: contextLength, limit: limit, bos: tokenizer.vocabulary.chunkStart)
        let writer = try output.map { try LogitsBaseWriter($0, chunks, vocabulary: configuration.vocabularySize) }
        return try await alone { transformer, file in
            let workers = Workers(LoadOptions.defaultThreads)
            var moments = Moments()
            var estimates: [PerplexityEstimate] = []
            for chunk in 0..<chunks.count {
                let logits = try explainingNonFiniteLogits(of: file) {
                    try chunks.logits(chunk, transformer, check: check)
                }
                for value in try Perplexity.negatedLogProbabilities(logits, of: chunks.targets(chunk), workers) {
                    moments.add(value)
                }
                try writer?.append(logits, workers)
                let estimate = PerplexityEstimate(chunk: chunk + 1, of: chunks, moments)
                estimates.append(estimate)
                try each(estimate)
            }
            return estimates
        }
    }
}

/// The formula of perplexity.
package enum Perplexity {
    /// −log softmax(logits[i])[targets[i]], in nats and f64.
    ///
    /// - Parameters:
    ///   - logits: (targets, vocabulary).
    package static func negatedLogProbabilities(
        _ logits: Matrix, of targets: [TokenID], _ workers: Workers = .one
    ) throws -> [Double] {
        require(logits.rows == targets.count, "Perplexity", "\(logits.rows) rows for \(targets.count) tokens")
        return try logits.mapRows(workers, initial: 0.0) { row, logits in
            -LogSoftmax(logits)(logits[Int(targets[row])])
        }
    }
}

extension Vocabulary {
    /// What the first token of an evaluated chunk is replaced by: BOS where the model adds one.
    var chunkStart: TokenID? { addsBOS ? bos : nil }
}
