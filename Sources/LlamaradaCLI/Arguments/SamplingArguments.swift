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
        parsing: .unconditional,
        help: .init("Above 1 makes tokens of the recent text less likely.", valueName: "factor"))
    var repeatPenalty: Float = 1

    @Option(
        name: .customLong("repeat-last-n"), parsing: .unconditional,
        help: .init("How much recent text the penalty sees; -1 is all.", valueName: "tokens"))
    var repeatLastN: Int = 64

    @Option(
        name: [.customShort("s"), .long], parsing: .unconditional,
        help: .init(
            "Start of the random sequence: the same seed gives the same text; -1 takes a new one.", valueName: "seed"))
    var seed: Int = -1

    var options: SamplingOptions {
        SamplingOptions(
            temperature: temp, topK: topK, topP: topP, minP: minP, repeatPenalty: repeatPenalty,
            repeatLastN: repeatLastN, seed: seed < 0 ? nil : UInt64(seed))
    }

    func validate() throws {
        if seed < -1 { throw ValidationError("--seed must be -1 (a new one each time) or more, not \(seed).") }
        for (name, value) in [("--temp", temp), ("--repeat-penalty", repeatPenalty)] where !value.isFinite {
            throw ValidationError("\(name) must be a finite number, not \(value).")
        }
        // One at a time, so that the message can name the option.
        let parts: [(name: String, options: SamplingOptions)] = [
            ("--temp", .init(temperature: temp)), ("--top-k", .init(topK: topK)), ("--top-p", .init(topP: topP)),
            ("--min-p", .init(minP: minP)), ("--repeat-penalty", .init(repeatPenalty: repeatPenalty)),
            ("--repeat-last-n", .init(repeatLastN: repeatLastN)),
        ]
        for part in parts {
            if let problem = part.options.validate() { throw ValidationError("\(part.name): \(problem).") }
        }
    }
}
