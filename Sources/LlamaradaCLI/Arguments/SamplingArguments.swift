import ArgumentParser
import Llamarada
import LlamaradaLab

/// Sampling options; names and defaults are llama.cpp's.
struct SamplingArguments: ParsableArguments {
    @Option(parsing: .unconditional, help: .init("0 always takes the likeliest token.", valueName: "temperature"))
    var temp: Float = 0.8

    @Option(
        parsing: .unconditional,
        help: .init("Only this many of the likeliest tokens; 0 keeps all.", valueName: "tokens"))
    var topK: Int = 40

    @Option(
        parsing: .unconditional,
        help: .init("Only the likeliest tokens whose probabilities reach this together; 1 keeps all.", valueName: "sum")
    )
    var topP: Float = 0.95

    @Option(
        parsing: .unconditional,
        help: .init(
            "Only tokens at least this fraction as likely as the likeliest; 0 keeps all.", valueName: "fraction"))
    var minP: Float = 0.05

    @Option(
        name: [.customShort("s"), .long], parsing: .unconditional,
        help: .init(
            "Start of the random sequence: the same seed gives the same text; -1 takes a new one.", valueName: "seed"))
    var seed: Int = -1

    /// All that is said of sampling, by three groups of options.
    func options(_ penalties: PenaltyArguments, _ samplers: SamplerArguments) -> SamplingOptions {
        var options = SamplingOptions(
            temperature: temp, topK: topK, topP: topP, minP: minP, seed: seed < 0 ? nil : UInt64(seed))
        penalties.apply(to: &options)
        samplers.apply(to: &options)
        return options
    }

    func validate() throws {
        if seed < -1 { throw ValidationError("--seed must be -1 (a new one each time) or more, not \(seed).") }
        if !temp.isFinite { throw ValidationError("--temp must be a finite number, not \(temp).") }
        try Self.check([
            ("--temp", { $0.temperature = temp }), ("--top-k", { $0.topK = topK }), ("--top-p", { $0.topP = topP }),
            ("--min-p", { $0.minP = minP }),
        ])
    }

    /// Sets one at a time, so that the message can name the option.
    static func check(_ parts: [(name: String, set: (inout SamplingOptions) -> Void)]) throws {
        for part in parts {
            var options = SamplingOptions()
            part.set(&options)
            if let problem = options.validate() { throw ValidationError("\(part.name): \(problem).") }
        }
    }
}
