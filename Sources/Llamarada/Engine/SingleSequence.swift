package import LlamaradaText

/// One sequence of an engine, whose pages lie in order: what measures, compares and evaluates a model.
///
/// One token alone is a decoding row, several are rows of a prompt.
package class SingleSequence: Transformer {
    package let configuration: ModelConfiguration
    package let contextLength: Int
    private let engine: any Engine
    private var cachedCount = 0

    /// What a pass ends in.
    package enum Ending: Hashable, Sendable {
        case nothing, lastLogits, allLogits, argmax
    }

    /// Takes an engine's first slot, and as many pages as one sequence may have.
    package init(_ engine: any Engine) {
        self.engine = engine
        configuration = engine.configuration
        contextLength = engine.capacity.contextLength
        engine.setPages(engine.capacity.pagesInOrder(ofSlot: 0), ofSlot: 0)
    }

    /// The most tokens of one pass, and of one that gives the logits of all.
    package var tokenCapacities: (forward: Int, allLogits: Int) {
        (engine.capacity.chunk, min(engine.capacity.chunk, engine.capacity.wantedRows))
    }

    package func forward(_ tokens: [TokenID], at position: Int, logits: LogitsRequest) throws -> Matrix {
        let ending: Ending = logits == .all ? .allLogits : .lastLogits
        let results = try run(
            tokens, at: position, chunk: logits == .all ? tokenCapacities.allLogits : tokenCapacities.forward,
            before: logits == .all ? .allLogits : .nothing, last: logits == .none ? .nothing : ending)
        let values = results.flatMap(\.logits)
        let rows = values.count / configuration.vocabularySize
        return Matrix(rows: rows, columns: configuration.vocabularySize, values: values)
    }

    package func greedy(after tokens: [TokenID], at position: Int) throws -> TokenID {
        let results = try run(tokens, at: position, chunk: tokenCapacities.forward, before: .nothing, last: .argmax)
        guard let token = results.last?.token else { throw NonFiniteLogits() }
        return token
    }

    /// Computes a step of the sequence.
    ///
    /// - Parameter depth: positions that are cached when it is done.
    package func compute(_ step: Step, depth: Int) throws -> [RowResult] { try engine.run(step) }

    /// Runs tokens in chunks, and gives the results of all rows.
    private func run(
        _ tokens: [TokenID], at position: Int, chunk: Int, before: Ending, last: Ending
    ) throws -> [RowResult] {
        var results: [RowResult] = []
        let kind: RowKind = tokens.count == 1 ? .decoding : .prompt
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            let end = min(tokens.count, start + chunk)
            try Task.checkCancellation()
            let step = self.step(
                tokens[start..<end], at: position + start, kind, ending: end == tokens.count ? last : before)
            results += try compute(step, depth: position + end)
            finish(end - start, at: position + start)
        }
        return results
    }

    /// Notes that a pass over so many tokens has filled the cache.
    package func finish(_ count: Int, at position: Int) { cachedCount = position + count }

    /// The step over some tokens.
    package func step(
        _ tokens: ArraySlice<TokenID>, at position: Int, _ kind: RowKind, ending: Ending
    ) -> Step {
        require(
            position >= 0 && position <= cachedCount && position + tokens.count <= contextLength && !tokens.isEmpty,
            "forward", "\(tokens.count) tokens at \(position), \(cachedCount) of \(contextLength) cached")
        let output: Step.Output = ending == .nothing ? .nothing : ending == .argmax ? .likeliest : .logits
        let rows = tokens.enumerated().map { index, token in
            let isWanted = ending == .allLogits || index == tokens.count - 1
            return Step.Row(token, at: position + index, slot: 0, output: isWanted ? output : .nothing)
        }
        return kind == .decoding ? Step(decoding: rows) : Step(prompt: rows)
    }
}
