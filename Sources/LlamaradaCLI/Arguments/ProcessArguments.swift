import LlamaradaTensors

/// What the program was called with.
enum ProcessArguments {
    /// The arguments without the program's name, byte for byte: Swift's own list repairs what is not UTF-8, and then
    /// names another file.
    static let all: [String] = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
        CommandLine.unsafeArgv[index].map { PathBytes.text(cString: $0) }
    }

    /// Why a text can't be taken from an argument, or nil where it can: a name of a file may be any bytes, a text not.
    static func problem(ofText text: String?, _ option: String) -> String? {
        guard let text, PathBytes.isCarrying(text) else { return nil }
        return "The text of \(option) is not UTF-8. Put it into a file, which may hold any bytes, and use -f."
    }
}
