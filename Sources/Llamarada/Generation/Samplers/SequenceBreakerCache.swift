import LlamaradaText

/// The breakers of one model that were used last: they take a pass over the vocabulary, which no other request waits for.
package actor SequenceBreakerCache {
    /// Most lists of texts whose breakers are kept, some MB each at most.
    private static let most = 8

    private let make: @Sendable ([String]) -> SequenceBreakers
    /// The one used last at the end.
    private var kept: [(texts: Set<String>, breakers: SequenceBreakers)] = []

    init(_ tokenizer: Tokenizer) { make = { SequenceBreakers($0, tokenizer) } }

    /// - Parameter make: makes those of a list of texts.
    package init(making make: @escaping @Sendable ([String]) -> SequenceBreakers) { self.make = make }

    /// Those that options ask for; none where they need none or are not valid.
    nonisolated package func breakers(_ options: SamplingOptions) async -> SequenceBreakers {
        guard options.validate() == nil, SamplerChain(options).stages.contains(.dry) else { return SequenceBreakers() }
        return await breakers(of: Set(options.dry.sequenceBreakers))
    }

    private func breakers(of texts: Set<String>) -> SequenceBreakers {
        let index = kept.firstIndex { $0.texts == texts }
        let entry = index.map { kept.remove(at: $0) } ?? (texts: texts, breakers: make(Array(texts)))
        kept.append(entry)
        if kept.count > Self.most { kept.removeFirst() }
        return entry.breakers
    }
}
