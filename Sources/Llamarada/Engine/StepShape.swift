/// What of a step its recorded commands depend on; everything else lies in buffers.
package struct StepShape: Hashable, Sendable {
    /// What is made of the logits.
    package struct Ending: OptionSet, Hashable, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// The host gets them.
        package static let logits = Ending(rawValue: 1)
        /// The likeliest token of each row.
        package static let likeliest = Ending(rawValue: 2)
        /// A token of each row, drawn as the row says.
        package static let sampled = Ending(rawValue: 4)
        /// Before that, recent tokens are made less likely.
        package static let penalised = Ending(rawValue: 8)
        /// The host gets what the head multiplies.
        package static let hidden = Ending(rawValue: 16)
        /// Tokens that may not be chosen are made the least likely before one is.
        package static let masked = Ending(rawValue: 32)
    }

    /// Rows that are computed as decoding rows; the last ones may only fill up.
    package var decoding: Int
    /// Rows behind them that are computed as prompt rows; the last ones may only fill up.
    package var prompt: Int
    /// Prompt rows of which something is wanted, rounded up likewise. Of decoding rows all are, or none.
    package var wantedPrompt: Int
    package var ending: Ending
    /// At least as many positions as the deepest row sees, a power of two: what the commands reach, and what submissions
    /// are cut by.
    package var depth: Int

    /// Below that, what attention takes is little beside the products.
    private static let leastDepth = 512

    package init(decoding: Int, prompt: Int, wantedPrompt: Int, ending: Ending, depth: Int = 512) {
        self.decoding = decoding
        self.prompt = prompt
        self.wantedPrompt = wantedPrompt
        self.ending = ending
        self.depth = depth
    }

    /// All rows, those that fill up too.
    package var rows: Int { decoding + prompt }

    /// Whether nothing is wanted of the head.
    package var isHeadless: Bool { ending == .hidden }

    /// Rows of logits.
    package var wanted: Int { ending.isEmpty ? 0 : decoding + wantedPrompt }

    /// The bucket of n rows: few enough that steps are seldom recorded, fine enough that little is computed for nothing.
    ///
    /// Products compute 1, 2, 4 or 8 rows at once, so up to multiples of 8 a row more costs them nothing.
    package static func bucket(_ n: Int) -> Int {
        switch n {
        case ..<3: max(0, n)
        case 3...4: 4
        default: (n + 7) / 8 * 8
        }
    }

    /// The next larger bucket.
    static func bucketBehind(_ bucket: Int) -> Int { Self.bucket(bucket + 1) }

    /// The next smaller bucket; 0 before the first.
    static func bucketBefore(_ bucket: Int) -> Int { roundedDown(bucket - 1) }

    /// The largest bucket of at most n rows.
    static func roundedDown(_ n: Int) -> Int { n >= 8 ? n / 8 * 8 : n >= 4 ? 4 : max(0, min(n, 2)) }
}

extension StepShape {
    /// The smallest buckets that hold a step.
    package init(_ step: Step) {
        var ending: Ending = []
        var wantedPrompt = 0
        for row in step.decoding { ending.formUnion(row.ending) }
        for row in step.prompt where row.output != .nothing {
            ending.formUnion(row.ending)
            wantedPrompt += 1
        }
        self.init(
            decoding: Self.bucket(step.decoding.count), prompt: Self.bucket(step.prompt.count),
            wantedPrompt: Self.bucket(wantedPrompt), ending: ending, depth: Self.depth(step))
    }
}

extension StepShape {
    private static func depth(_ step: Step) -> Int {
        depth(reaching: ([step.decoding, step.prompt].joined().map(\.position).max() ?? 0) + 1)
    }

    /// The least depth of a shape whose rows see so many positions.
    package static func depth(reaching positions: Int) -> Int {
        var depth = leastDepth
        while depth < positions { depth *= 2 }
        return depth
    }
}

extension Step.Row {
    /// What a step must end in to give what is wanted of it.
    package var ending: StepShape.Ending {
        mask != nil && output.isToken ? output.ending.union(.masked) : output.ending
    }
}

extension Step.Output {
    /// What a step must end in to give it.
    package var ending: StepShape.Ending {
        switch self {
        case .nothing: []
        case .likeliest: .likeliest
        case .sampled(_, let changes): changes.isEmpty ? .sampled : [.sampled, .penalised]
        case .logits: .logits
        case .hidden: .hidden
        }
    }
}
