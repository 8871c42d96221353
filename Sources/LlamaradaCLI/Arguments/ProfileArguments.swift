import ArgumentParser

/// What to profile; the names are llama-bench's.
struct ProfileArguments: ParsableArguments {
    @Option(
        name: [.customShort("p"), .customLong("n-prompt")],
        help: .init(
            "Prompt tokens, made by a fixed generator; 0 measures no prompt. (default: 512)", valueName: "tokens"))
    var promptCount: Int?

    @Option(help: .init("A prompt of this text instead.", valueName: "text"))
    var prompt: String?

    @Option(
        name: [.customShort("n"), .customLong("n-gen")],
        help: .init("Tokens to decode; 0 measures no decoding.", valueName: "tokens"))
    var decoded: Int = 32

    @Option(
        name: [.customShort("d"), .customLong("n-depth")],
        help: .init("Tokens already in the cache.", valueName: "tokens"))
    var depth: Int = 0

    static let defaultPromptCount = 512
    /// Far above any model's context, far below any overflow.
    private static let largestCount = 1 << 22

    func validate() throws {
        if let problem = ProcessArguments.problem(ofText: prompt, "--prompt") { throw ValidationError(problem) }
        if promptCount != nil, prompt != nil { throw ValidationError("Give either -p or --prompt.") }
        for (name, count) in [("-p", promptCount ?? 0), ("-n", decoded), ("-d", depth)]
        where !(0...Self.largestCount).contains(count) {
            throw ValidationError("\(name) must be from 0 to \(Self.largestCount), not \(count).")
        }
        if promptCount == 0, decoded == 0 { throw ValidationError("-p 0 -n 0 leaves nothing to measure.") }
    }
}
