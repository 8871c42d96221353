import ArgumentParser

/// How long a continuation becomes.
struct LengthArguments: ParsableArguments {
    @Option(
        name: [.customShort("n"), .customLong("predict")], parsing: .unconditional,
        help: .init("Most tokens to generate; -1 has no limit.", valueName: "tokens"))
    var predict: Int = -1

    @Flag(help: "Go on past tokens that end the text, and show special tokens.")
    var ignoreEos = false

    func validate() throws {
        if predict < -1 { throw ValidationError("-n must be -1 (no limit) or more, not \(predict).") }
    }
}
