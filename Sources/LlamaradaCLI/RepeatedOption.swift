/// Finds an option that is given twice: which of two values is meant can only be guessed.
enum RepeatedOption {
    /// Options without a value; saying them twice changes nothing.
    private static let flags: Set = ["--special", "--ignore-eos", "--json", "-h", "--help", "--version"]
    /// Short names and the long name of the same option.
    private static let longNames = [
        "-m": "--model", "-p": "--prompt", "-f": "--file", "-n": "--predict", "-s": "--seed", "-c": "--ctx-size",
        "-b": "--batch-size", "-ub": "--ubatch-size", "-t": "--threads", "-ctk": "--cache-type-k",
        "-ctv": "--cache-type-v", "-dev": "--device",
    ]

    /// The first option of `arguments` that came before under the same or another name.
    static func first(in arguments: some Sequence<String>) -> String? {
        var seen: Set<String> = []
        var isValue = false
        for argument in arguments {
            if isValue {
                isValue = false
                continue
            }
            if argument == "--" { return nil }
            guard argument.hasPrefix("-"), !flags.contains(argument) else { continue }
            let name = String(argument.prefix { $0 != "=" })
            guard seen.insert(longNames[name] ?? name).inserted else { return name }
            isValue = name == argument
        }
        return nil
    }
}
