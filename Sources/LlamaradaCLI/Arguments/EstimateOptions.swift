import ArgumentParser
import LlamaradaLab

/// What `shaders --estimate` estimates.
struct EstimateOptions: ParsableArguments {
    @Flag(
        help:
            "Estimate a decoded token's time on a card with the GPU that --gpu names, from the machine code: modelled.")
    var estimate = false

    @Option(
        help: "With --estimate: a made-up model's shape: \(SyntheticShape.all.map(\.name).joined(separator: ", ")).")
    var size: SyntheticShape?

    @Option(help: "With --size: how weights are stored, such as Q4_0 or Q4_K_M.")
    var type: SyntheticType?

    @Option(help: "With --estimate: cached positions that the token sees.")
    var depth: Int = 0

    @Option(
        help: .init("With --estimate: a prompt of so many tokens in the place of a decoded one.", valueName: "tokens"))
    var prompt: Int?

    @OptionGroup var precision: PrecisionOption

    @Option(
        help: "With --estimate: a file with another program's dispatches; tools/absent-gpus/peer writes llama.cpp's.",
        completion: .file(extensions: ["json"]))
    var outline: String?

    /// - Parameters:
    ///   - model: the file after -m.
    ///   - gpu: the word after --gpu.
    func check(model: String?, gpu: String?) throws {
        guard estimate else {
            if size != nil || type != nil || depth != 0 || outline != nil || prompt != nil
                || precision.wish != nil
            {
                throw ValidationError(
                    "--size, --type, --depth, --prompt, --exact, --half, --fast-int8 and --outline belong to --estimate."
                )
            }
            return
        }
        guard let gpu, Card.named(gpu) != nil else {
            let names = Card.all.map(\.gpu).joined(separator: ", ")
            throw ValidationError("--estimate needs --gpu with one of \(names), whose cards are known.")
        }
        let subjects = [model != nil, size != nil, outline != nil].count { $0 }
        guard subjects == 1 else { throw ValidationError("--estimate needs one of -m, --size and --outline.") }
        guard (size == nil) == (type == nil) else { throw ValidationError("--size and --type belong together.") }
        guard (0...1_000_000).contains(depth) else {
            throw ValidationError("--depth must be from 0 to 1000000, not \(depth).")
        }
        if let prompt {
            guard (2...100_000).contains(prompt) else {
                throw ValidationError("--prompt must be from 2 to 100000 tokens, not \(prompt).")
            }
            guard depth == 0, outline == nil else {
                throw ValidationError("--prompt goes with neither --depth nor --outline.")
            }
        }
        guard prompt != nil || precision.wish == nil else {
            throw ValidationError("--exact, --half and --fast-int8 belong to --prompt: decoding is exact.")
        }
    }
}
