import Glibc
public import Llamarada
import LlamaradaErrors
package import LlamaradaText
package import LlamaradaThreads

/// How a model's predictions of one token differ from a base model's.
package struct PositionDivergence: Sendable, Equatable {
    /// −log q(token), in nats.
    package var negativeLogLikelihood = 0.0
    /// −log p(token) of the base, in nats.
    package var baseNegativeLogLikelihood = 0.0
    /// D(p ‖ q) of the base's whole distribution from the model's, in nats.
    package var divergence = 0.0
    /// Whether the model's likeliest token is the base's.
    package var hasSameTop = false

    /// q(token) − p(token).
    package var probabilityDifference: Double { exp(-negativeLogLikelihood) - exp(-baseNegativeLogLikelihood) }

    package init() {}

    package init(
        negativeLogLikelihood: Double, baseNegativeLogLikelihood: Double, divergence: Double, hasSameTop: Bool
    ) {
        self.negativeLogLikelihood = negativeLogLikelihood
        self.baseNegativeLogLikelihood = baseNegativeLogLikelihood
        self.divergence = divergence
        self.hasSameTop = hasSameTop
    }

    /// - Parameters:
    ///   - logits: (vocabulary), the model's.
    ///   - base: the same position's row of the base.
    init(_ logits: UnsafeBufferPointer<Float>, base: CompressedRow, token: Int) {
        let row = LogSoftmax(logits)
        var sum = 0.0
        for (index, logit) in logits.enumerated() where !base.isOnFloor(index) {
            sum += Self.term(base[index], row(logit))
        }
        negativeLogLikelihood = -row(logits[token])
        baseNegativeLogLikelihood = -base[token]
        divergence = sum
        hasSameTop = base.isLikeliest(row.argmax)
    }

    /// One token's share p · log(p / q) − p + q, from log p and log q.
    ///
    /// Over all tokens −p + q sums to nothing. Here it takes away, to first order, the error that p got when it was packed
    /// into 16 bits, and accounts for what lies on the base's floor; no term is negative, and a model differs from itself
    /// by about 1e-9.
    @inline(__always)
    package static func term(_ logP: Double, _ logQ: Double) -> Double {
        let p = exp(logP)
        // A probability of zero: 0 · log 0 = 0.
        guard p > 0 else { return exp(logQ) }
        // expm1 keeps the digits of a small difference: q − p = p · expm1(log q − log p).
        let difference = logQ - logP
        return p * (expm1(difference) - difference)
    }
}

extension LanguageModel {
    /// How the model's predictions differ from those that a base model saved, over the base's text.
    ///
    /// The model is loaded with a context as long as the base's chunks.
    ///
    /// - Parameters:
    ///   - limit: at most so many chunks; nil takes all.
    ///   - check: called several times a chunk; may throw to stop.
    ///   - each: gets the summary after every chunk, the first being 1; may throw to stop.
    /// - Throws: `CheckpointError` where the base is damaged or of another vocabulary, `GenerationError` where the context is
    ///   too short, and what `check` and `each` throw.
    public func divergence(
        from base: LogitsBaseFile, limit: Int? = nil, check: @escaping @Sendable () throws -> Void = {},
        each: @escaping @Sendable (Int, DivergenceSummary) throws -> Void = { _, _ in }
    ) async throws -> DivergenceReport {
        guard base.vocabularySize == configuration.vocabularySize else {
            throw LogitsBaseFile.invalid(
                base.path,
                "it has a vocabulary of \(base.vocabularySize), the model one of \(configuration.vocabularySize)")
        }
        guard base.contextLength <= contextLength else {
            throw GenerationError(
                .textTooLong,
                "The base has chunks of \(base.contextLength) tokens, the context holds \(contextLength)",
                remedy: .longerContext)
        }
        let chunks = try EvaluationChunks(
            base.tokens, length: base.contextLength, limit: limit, bos: tokenizer.vocabulary.chunkStart)
        return try await alone { transformer, file in
            let workers = Workers(LoadOptions.defaultThreads)
            var positions: [PositionDivergence] = []
            var summary = DivergenceSummary()
            for chunk in 0..<chunks.count {
                let rows = try base.rows(ofChunk: chunk)
                let logits = try explainingNonFiniteLogits(of: file) {
                    try chunks.logits(chunk, transformer, check: check)
                }
                for position in try KLDivergence.positions(logits, base: rows, of: chunks.targets(chunk), workers) {
                    summary.add(position)
                    positions.append(position)
                }
                try each(chunk + 1, summary)
            }
            return DivergenceReport(
                chunkCount: chunks.count, contextLength: chunks.length, summary: summary, positions: positions)
        }
    }
}

/// The formula over a chunk.
package enum KLDivergence {
    /// - Parameters:
    ///   - logits: (targets, vocabulary).
    ///   - base: (targets) compressed rows.
    package static func positions(
        _ logits: Matrix, base: [UInt16], of targets: [TokenID], _ workers: Workers = .one
    ) throws -> [PositionDivergence] {
        let vocabulary = logits.columns
        require(
            logits.rows == targets.count && base.count == targets.count * CompressedRow.wordCount(vocabulary),
            "KLDivergence", "\(logits.rows) rows and \(base.count) words for \(targets.count) tokens")
        return try logits.mapRows(workers, initial: PositionDivergence()) { row, logits in
            base.withUnsafeBufferPointer { base in
                PositionDivergence(
                    logits, base: CompressedRow(base, row: row, vocabulary: vocabulary), token: Int(targets[row]))
            }
        }
    }

    /// Packs logits as a base file holds them: (rows) compressed rows.
    package static func compress(_ logits: Matrix) throws -> [UInt16] {
        let words = CompressedRow.wordCount(logits.columns)
        return try logits.mapRows(.one, initial: [UInt16]()) { _, logits in
            [UInt16](unsafeUninitializedCapacity: words) { row, count in
                CompressedRow.compress(logits, into: UnsafeMutableBufferPointer(rebasing: row[..<words]))
                count = words
            }
        }.flatMap { $0 }
    }
}
