import LlamaradaErrors

/// The files of a folder that holds a model.
package struct CheckpointFolder: Sendable {
    /// The folder's path as the caller gave it.
    let path: String
    /// The files, where they are not on the disk.
    private let files: [String: any ByteSource]?

    /// A folder on the disk.
    package init(path: String) {
        self.path = path
        files = nil
    }

    /// A folder of files that lie elsewhere, by their names.
    package init(path: String, files: [String: any ByteSource]) {
        self.path = path
        self.files = files
    }

    /// Where a file of that name is.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Whether there is a file of that name.
    func has(_ name: String) -> Bool { files.map { $0[name] != nil } ?? FileStatus.exists(path(of: name)) }

    /// Opens a file.
    func open(_ name: String) throws(CheckpointError) -> any ByteSource {
        guard let files else { return try ModelFile(path: path(of: name)) }
        guard let file = files[name] else {
            throw CheckpointError(.missing, file: path(of: name), problem: "is not there", remedy: .noneKnown)
        }
        return file
    }

    /// Reads a JSON file of at most `largest` bytes.
    func json(_ name: String, largest: Int) throws(CheckpointError) -> FieldReader {
        let source = try open(name)
        guard source.byteCount <= largest else {
            throw CheckpointError(
                .invalid, file: source.name, problem: "expected at most \(largest) bytes, found \(source.byteCount)",
                remedy: .fetchAgain)
        }
        return FieldReader(file: source.name, root: try JSONValue(source, range: 0..<source.byteCount))
    }
}
