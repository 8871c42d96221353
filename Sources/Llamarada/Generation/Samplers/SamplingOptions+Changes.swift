import LlamaradaText

extension SamplingOptions {
    /// The changes of single logits that some stages make together, in the order of their tokens.
    ///
    /// - Parameters:
    ///   - stages: `penalties` and `dry` or none of them; others change no single logit.
    ///   - hasBias: whether the bias of logits is among them.
    ///   - history: the tokens so far, prompt included.
    ///   - answer: those of them that were chosen.
    func changes(
        _ stages: some Sequence<SamplerStage>, hasBias: Bool, history: [TokenID], answer: ArraySlice<TokenID>,
        _ breakers: SequenceBreakers
    ) -> [LogitChange] {
        var changes: [TokenID: LogitChange] = [:]
        func change(_ token: TokenID, _ body: (inout LogitChange) -> Void) {
            guard token >= 0 else { return }
            body(&changes[token, default: LogitChange(UInt32(token))])
        }
        if hasBias { for (token, bias) in logitBias { change(token) { $0.bias = Reference.flushed(bias) } } }
        for stage in stages {
            if stage == .penalties {
                for token in repeatedTokens(of: history) { change(token) { $0.isRepeated = true } }
                for (token, penalty) in countedPenalties(history, answer) { change(token) { $0.offset += penalty } }
            } else if stage == .dry {
                for (token, penalty) in DRYPenalty.penalties(history, dry, breakers) {
                    change(token) { $0.offset += penalty }
                }
            }
        }
        return changes.values.map(\.bounded).sorted { $0.token < $1.token }
    }

    /// The distinct tokens that the repeat penalty is for; none where it changes nothing.
    private func repeatedTokens(of history: [TokenID]) -> Set<TokenID> {
        usesRepeatPenalty ? Set(recent(history)) : []
    }

    /// What the presence and frequency penalties take off.
    private func countedPenalties(_ history: [TokenID], _ answer: ArraySlice<TokenID>) -> [TokenID: Float] {
        guard usesCountedPenalties else { return [:] }
        var counts: [TokenID: Int] = [:]
        for token in penalisedText == .answer ? answer : recent(history) { counts[token, default: 0] += 1 }
        return counts.mapValues { Float($0) * frequencyPenalty + presencePenalty }
    }

    private func recent(_ history: [TokenID]) -> ArraySlice<TokenID> {
        repeatLastN < 0 ? history[...] : history.suffix(repeatLastN)
    }
}

extension LogitChange {
    /// With an offset that is finite and not subnormal.
    fileprivate var bounded: LogitChange {
        var change = self
        change.offset = Reference.flushed(min(max(offset, -.greatestFiniteMagnitude), .greatestFiniteMagnitude))
        return change
    }
}
