import ArgumentParser
import Llamarada

/// Whether tokens are drafted from the text itself.
struct LookupArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .init(
            "Draft up to this many tokens at once from what the text said before, and check them in one step: the same bits, sooner where a text repeats itself; 0 drafts none.",
            valueName: "tokens"))
    var lookup = 0

    func validate() throws {
        if !(0...GenerationOptions.mostLookup ~= lookup) {
            throw ValidationError("--lookup must be from 0 to \(GenerationOptions.mostLookup), not \(lookup).")
        }
    }
}
