import LlamaradaErrors

/// The `checklist.chk` of a folder, or `tokenizer_checklist.chk` of the one above: MD5 sums of its files, a line each, which tell a download that went wrong.
struct MetaChecklist: Sendable {
    /// Sums in hexadecimal digits, by the files' names.
    let sums: [String: String]
    private let file: String
    private static let largest = 1 << 16

    /// Nil where the folder has none.
    init?(_ folder: CheckpointFolder, _ name: String = "checklist.chk") throws(CheckpointError) {
        guard folder.has(name) else { return nil }
        let source = try folder.open(name)
        file = source.name
        guard source.byteCount <= Self.largest else {
            throw CheckpointError(
                .invalid, file: file, problem: "expected at most \(Self.largest) bytes", remedy: .fetchAgain)
        }
        let text = String(decoding: try source.bytes(at: 0, count: source.byteCount), as: UTF8.self)
        var sums: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2, parts[0].utf8.count == 32, parts[0].allSatisfy(\.isHexDigit) else {
                throw CheckpointError(
                    .invalid, file: file, problem: "expected lines of a sum and a name, found \(String(line).quoted())",
                    remedy: .fetchAgain)
            }
            let name = parts[1].drop { $0 == " " || $0 == "*" }
            guard !name.contains("/"), name != ".", name != ".." else {
                throw CheckpointError(
                    .invalid, file: file,
                    problem: "expected names of files in this folder, found \(String(name).quoted())",
                    remedy: .fetchAgain)
            }
            sums[String(name)] = parts[0].lowercased()
        }
        self.sums = sums
    }

    /// Reads a whole file and compares its sum; a file that the list does not name is right.
    ///
    /// - Parameter progress: called with the number of bytes read since it was called before; it may throw to stop.
    func check(
        _ name: String, _ folder: CheckpointFolder, progress: (Int) throws(CheckpointError) -> Void = { _ in }
    ) throws(CheckpointError) {
        guard let expected = sums[name] else { return }
        let source = try folder.open(name)
        var sum = MD5()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var position = 0
        while position < source.byteCount {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<min(buffer.count, source.byteCount - position)])
            try source.read(into: part, at: position)
            sum.add(UnsafeRawBufferPointer(part))
            position += part.count
            try progress(part.count)
        }
        let found = sum.finished()
        guard found == expected else {
            throw CheckpointError(
                .invalid, file: source.name,
                problem: "expected the MD5 sum \(expected), as the list of sums says, found \(found)",
                remedy: .fetchAgain)
        }
    }
}
