import ArgumentParser
import Llamarada
import LlamaradaText

/// Penalties and biases of single tokens; names and defaults are llama.cpp's.
struct PenaltyArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init("Above 1 makes tokens of the recent text less likely.", valueName: "factor"))
    var repeatPenalty: Float = 1

    @Option(
        name: .customLong("repeat-last-n"), parsing: .unconditional,
        help: .init("How much recent text penalties see; -1 is all.", valueName: "tokens"))
    var repeatLastN: Int = 64

    @Option(
        parsing: .unconditional,
        help: .init("Taken off the logit of a token that was there.", valueName: "penalty"))
    var presencePenalty: Float = 0

    @Option(
        parsing: .unconditional,
        help: .init("Taken off for each time that it was there.", valueName: "penalty"))
    var frequencyPenalty: Float = 0

    @Option(
        parsing: .unconditional,
        help: .init(
            "DRY: taken off the logit of a token that goes on with a repetition; 0 is no penalty.", valueName: "penalty"
        ))
    var dryMultiplier: Float = 0

    @Option(parsing: .unconditional, help: .init("By what that grows with each token more.", valueName: "factor"))
    var dryBase: Float = 1.75

    @Option(parsing: .unconditional, help: .init("Up to how many tokens may repeat.", valueName: "tokens"))
    var dryAllowedLength: Int = 2

    @Option(
        name: .customLong("dry-penalty-last-n"), parsing: .unconditional,
        help: .init("How much recent text DRY sees; -1 is all.", valueName: "tokens"))
    var dryLastN: Int = 64

    @Option(
        name: .customLong("dry-sequence-breaker"), parsing: .unconditionalSingleValue,
        help: .init(
            "No repetition reaches over this text; again for more, 'none' for no text. (default: newline, ':', '\"', '*')",
            valueName: "text"))
    var dryBreakers: [String] = []

    @Option(
        name: [.customShort("l"), .long], parsing: .unconditionalSingleValue,
        help: .init(
            "Added to a token's logit, as 15043+1, 15043-1 or 15043-inf; again for more.", valueName: "token±bias"),
        transform: TokenBias.init(parsing:))
    var logitBias: [TokenBias] = []

    /// What these come to, on top of other options.
    func apply(to options: inout SamplingOptions) {
        options.repeatPenalty = repeatPenalty
        options.repeatLastN = repeatLastN
        options.presencePenalty = presencePenalty
        options.frequencyPenalty = frequencyPenalty
        options.penalisedText = .recent
        options.dry.multiplier = dryMultiplier
        options.dry.base = dryBase
        options.dry.allowedLength = dryAllowedLength
        options.dry.lastN = dryLastN
        if !dryBreakers.isEmpty { options.dry.sequenceBreakers = breakers }
        for bias in logitBias { options.logitBias[bias.token, default: 0] += bias.bias }
        options.logitBias = options.logitBias.mapValues {
            min(max($0, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
        }
    }

    private var breakers: [String] { dryBreakers.filter { $0 != "none" } }

    func validate() throws {
        for (name, value) in [
            ("--repeat-penalty", repeatPenalty), ("--presence-penalty", presencePenalty),
            ("--frequency-penalty", frequencyPenalty),
        ] where !value.isFinite {
            throw ValidationError("\(name) must be a finite number, not \(value).")
        }
        try SamplingArguments.check([
            ("--repeat-penalty", { $0.repeatPenalty = repeatPenalty }),
            ("--repeat-last-n", { $0.repeatLastN = repeatLastN }),
            ("--dry-multiplier", { $0.dry.multiplier = dryMultiplier }), ("--dry-base", { $0.dry.base = dryBase }),
            ("--dry-allowed-length", { $0.dry.allowedLength = dryAllowedLength }),
            ("--dry-penalty-last-n", { $0.dry.lastN = dryLastN }),
            ("--dry-sequence-breaker", { $0.dry.sequenceBreakers = breakers }),
        ])
    }
}

/// A token's number, a sign and a number: `15043-1`.
struct TokenBias: Sendable {
    let token: TokenID
    let bias: Float

    @Sendable init(parsing argument: String) throws {
        guard let sign = argument.firstIndex(where: { "+-".contains($0) }), let token = TokenID(argument[..<sign]),
            let bias = Float(argument[sign...]), !bias.isNaN
        else { throw ValidationError("A token's number, a sign and a number are wanted, such as 15043-1.") }
        self.token = token
        self.bias = min(max(bias, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}
