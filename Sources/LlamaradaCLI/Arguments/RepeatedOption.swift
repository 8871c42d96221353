/// Finds an option that is given twice: which of two values is meant can only be guessed.
enum RepeatedOption {
    /// Options without a value; saying them twice changes nothing.
    private static let flags: Set = [
        "--special", "--ignore-eos", "--json", "--kl-divergence", "--quick", "-v", "--verbose", "--no-warmup",
        "--peaks", "--force",
        "--overhead", "--no-overhead", "--fuse", "--no-fuse", "--exact", "--half", "--fast-int8", "--tune", "--no-tune",
        "-h",
        "--help", "--version",
        "--isa", "--no-api-key",
        "-cnv", "--conversation", "-st", "--single-turn",
    ]
    private static let samplerLists: Set = ["--dry-sequence-breaker", "--logit-bias", "-l"]
    /// Options that make lists.
    private static let lists: [String: Set<String>] = [
        "bench": ["-pg"], "compare": ["-dev", "--device"], "run": samplerLists.union(["-r", "--reverse-prompt"]),
        "chat": samplerLists.union(["-r", "--reverse-prompt"]),
        "serve": samplerLists.union(["--api-key", "--allow-origin", "--server-name"]),
    ]
    /// Other names of one option.
    private static let names = [
        "-m": "--model", "-p": "--prompt", "-f": "--file", "-n": "--predict", "-s": "--seed", "-c": "--ctx-size",
        "-b": "--batch-size", "-ub": "--ubatch-size", "-t": "--threads", "-ctk": "--cache-type-k",
        "-ctv": "--cache-type-v", "-dev": "--device", "-d": "--n-depth", "-r": "--repetitions", "-o": "--output",
        "--save-all-logits": "--kl-divergence-base", "-np": "--parallel", "-sys": "--system-prompt",
        "-ngl": "--gpu-layers", "-a": "--alias", "--top-n-sigma": "--top-nsigma", "--typical-p": "--typical",
        "--sampler-seq": "--sampling-seq",
        "-j": "--json-schema", "-jf": "--json-schema-file",
        "--n-gpu-layers": "--gpu-layers",
    ]
    /// Where a short name means something else.
    private static let namesOfCommand = [
        "bench": ["-p": "--n-prompt", "-n": "--n-gen"], "profile": ["-p": "--n-prompt", "-n": "--n-gen"],
        "compare": ["-n": "--tokens"], "doctor": ["-o": "--op"],
    ]

    /// The first option of `arguments`, a command and what follows, that came before under the same or another name.
    static func first(in arguments: some Collection<String>) -> String? {
        let command = arguments.first ?? ""
        let names = Self.names.merging(namesOfCommand[command] ?? [:]) { $1 }
        var seen = Set<String>()
        var isValue = false
        for argument in arguments.dropFirst() {
            if isValue {
                isValue = false
                continue
            }
            if argument == "--" { return nil }
            let name = String(argument.prefix { $0 != "=" })
            guard argument.hasPrefix("-"), !flags.contains(name), lists[command]?.contains(name) != true else {
                continue
            }
            guard seen.insert(names[name] ?? name).inserted else { return name }
            isValue = name == argument
        }
        return nil
    }
}
