import LlamaradaTensors

/// Files that commands write for people and other programs, opened before the command measures anything.
enum OutputFile {
    /// What a command may replace.
    enum Replacement {
        case anything, allButModels, emptyFiles

        fileprivate func allows(_ content: OutputTarget.Content) -> Bool {
            switch self {
            case .anything: true
            case .allButModels: content != .model
            case .emptyFiles: content == .nothing
            }
        }
    }

    /// Opens an output; a file's name then holds what it held until the new file is whole.
    ///
    /// - Parameters:
    ///   - name: the option or argument, for errors.
    ///   - inputs: files that the command reads; nil and `-` (standard input) may be among them.
    ///   - other: another output of the command.
    /// - Throws: `UsageError` where something would be lost, `CheckpointError` with code `.io`.
    static func open(
        _ path: String, as name: String, inputs: [String?], apartFrom other: AtomicOutputFile? = nil,
        replacing replacement: Replacement
    ) throws -> AtomicOutputFile {
        guard !path.isEmpty else { throw UsageError(line: "\(name): a file needs a name.") }
        func refusal(_ problem: String) -> UsageError {
            UsageError(line: "\(name) \(path): \(problem)".escapingControls)
        }
        let target = try OutputTarget(path: path)
        for input in inputs.compactMap({ $0 }) where target.isFile(input == "-" ? "/dev/stdin" : input) {
            throw refusal("this is the file that the command reads as \(input.quoted()). Name another file.")
        }
        if !target.isDescriptor, target.isFile("/dev/stdout") {
            throw refusal("standard output goes to this file. Name another file.")
        }
        if let other, target.isSameFile(as: other.target) {
            throw refusal("the command writes this file as \(other.path.quoted()) too. Name another file.")
        }
        guard replacement.allows(target.content) else {
            let content = target.content == .model ? "a model lies there already" : "there is a file already"
            throw refusal("\(content). Give --force to replace it, or name another file.")
        }
        return try AtomicOutputFile(target)
    }

    /// Refuses an output among the files of a model that is read.
    ///
    /// - Parameters:
    ///   - inputs: what the command reads, of which some may be folders.
    ///   - name: the option or argument, for errors.
    static func checkIsOutside(_ inputs: [String], _ target: OutputTarget, as name: String) throws(UsageError) {
        guard let folder = inputs.first(where: { target.isInFolder($0) }) else { return }
        let problem = "this is in \(folder.quoted()), the folder that the command reads. Name another place."
        throw UsageError(line: "\(name) \(target.path): \(problem)".escapingControls)
    }

    /// Makes a folder for outputs, which stays once it is complete.
    ///
    /// - Throws: `UsageError` where something lies there, `CheckpointError` with code `.io`.
    static func openFolder(_ path: String, as name: String) throws -> OutputFolder {
        guard !path.isEmpty else { throw UsageError(line: "\(name): a folder needs a name.") }
        guard OutputFolder.isFree(path) else {
            throw UsageError(
                line: "\(name) \(path): expected an empty folder or none. Name another one.".escapingControls)
        }
        return try OutputFolder(path: path)
    }

    /// Writes a text as the whole content of an output.
    ///
    /// - Parameters:
    ///   - check: may throw as the last thing before the file gets its name.
    /// - Throws: `CheckpointError` with code `.io`, and what `check` throws.
    static func write(_ text: String, to file: AtomicOutputFile, check: () throws -> Void) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
        try file.commit(check: check)
    }
}
