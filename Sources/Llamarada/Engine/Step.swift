package import LlamaradaText

/// What an engine computes at once: rows of any sequences, each one token.
///
/// A row's result depends on its sequence's tokens and on its kind alone, never on the other rows of the step.
package struct Step: Sendable {
    /// One token of one sequence.
    package struct Row: Sendable, Equatable {
        package var token: Token
        package var position: Int
        /// Whose page table tells where its keys and values lie.
        package var slot: Int
        package var output: Output
        /// Which tokens may be chosen, where a token is wanted: see `TokenMask`; nil allows all.
        package var mask: [UInt32]?

        package init(
            _ token: TokenID, at position: Int, slot: Int, output: Output = .nothing, mask: [UInt32]? = nil
        ) {
            self.init(.known(token), at: position, slot: slot, output: output, mask: mask)
        }

        package init(
            _ token: Token, at position: Int, slot: Int, output: Output = .nothing, mask: [UInt32]? = nil
        ) {
            self.token = token
            self.position = position
            self.slot = slot
            self.output = output
            self.mask = mask
        }
    }

    /// Which token a row computes.
    package enum Token: Sendable, Equatable {
        case known(TokenID)
        /// What the device chooses in a decoding row of the step before, which may be under way still. Where it finds no
        /// token there, logits being NaN or infinite, the row is computed for nothing.
        case chosen(row: Int)

        /// The token, where the host knows it.
        package var id: TokenID? { if case .known(let id) = self { id } else { nil } }
    }

    /// What is wanted of a row.
    package enum Output: Sendable, Equatable {
        /// Only its keys and values.
        case nothing
        /// The likeliest next token.
        case likeliest
        /// A token that is drawn, after some logits were changed: what `SamplingOptions.devicePath` calls the sampler.
        case sampled(SamplerRow, changes: [LogitChange])
        /// Its logits: (vocabulary).
        case logits
        /// What the head would multiply: (dim).
        case hidden

        /// Whether it is a whole row, of logits or of the final norm.
        package var isRow: Bool { self == .logits || self == .hidden }

        /// Whether it is a token, which the device chooses.
        package var isToken: Bool {
            switch self {
            case .likeliest, .sampled: true
            case .nothing, .logits, .hidden: false
            }
        }
    }

    /// Rows that products of few columns compute: a sequence's newest token each, and behind it the tokens that were
    /// drafted to follow it.
    package var decoding: [Row]
    /// Rows that tiled products compute. Those of one sequence follow one another, in the order of their positions.
    package var prompt: [Row]

    package init(decoding: [Row] = [], prompt: [Row] = []) {
        self.decoding = decoding
        self.prompt = prompt
    }

    package var isEmpty: Bool { decoding.isEmpty && prompt.isEmpty }
}

/// What a row gave, as far as it was wanted.
package struct RowResult: Sendable {
    /// The chosen token; nil where none was wanted, or where the logits are NaN or infinite.
    package var token: TokenID?
    /// (vocabulary); empty where they were not wanted.
    package var logits: [Float] = []
    /// (dim); empty where it was not wanted.
    package var hidden: [Float] = []

    package init(token: TokenID? = nil, logits: [Float] = [], hidden: [Float] = []) {
        self.token = token
        self.logits = logits
        self.hidden = hidden
    }
}

/// How a row was computed; products take their sums in another order for each, so bits differ.
package enum RowKind: Sendable, Hashable {
    case prompt
    case decoding
}
