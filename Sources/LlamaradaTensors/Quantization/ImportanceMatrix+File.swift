import LlamaradaErrors

// llama.cpp's format of importance matrices: a GGUF file with, for every matrix, a tensor of sums and one of a count.
// Files from before mid 2025 (`.dat`) are read, too.
extension ImportanceMatrix {
    private static let sumsSuffix = ".in_sum2"
    private static let countsSuffix = ".counts"
    private static let datasetsKey = "imatrix.datasets"
    private static let chunkCountKey = "imatrix.chunk_count"
    private static let chunkLengthKey = "imatrix.chunk_size"

    /// Reads a file of either format.
    ///
    /// Throws `CheckpointError` naming what was expected and what was found.
    package init(path: String) throws(CheckpointError) {
        let source = try ModelFile(path: path, as: "importance matrix")
        try self.init(source: source)
    }

    package init(source: any ByteSource) throws(CheckpointError) {
        let magic = try source.bytes(at: 0, count: min(4, source.byteCount))
        if magic == Array("GGUF".utf8) {
            try self.init(GGUFFile(source: source))
        } else {
            do throws(CheckpointError) {
                try self.init(legacy: source)
            } catch {
                guard error.code == .invalid else { throw error }
                throw Self.invalid(
                    source.name, "expected an importance matrix in GGUF's or the older format; \(error.problem)")
            }
        }
        guard !entries.isEmpty else { throw Self.invalid(source.name, "expected matrices, found none") }
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard !entry.squares.isEmpty, entry.count > 0, entry.count.isFinite else {
                throw Self.invalid(source.name, "\(name.quoted()): expected sums of some numbers, found none")
            }
            guard let wrong = entry.squares.first(where: { !$0.isFinite || $0 < 0 }) else { continue }
            throw Self.invalid(source.name, "\(name.quoted()): expected sums of squares, found \(wrong)")
        }
    }

    private init(_ file: GGUFFile) throws(CheckpointError) {
        let kind = try file.metadata.find("general.type", .text)
        guard kind == "imatrix" else {
            throw Self.invalid(
                file.path, "expected an importance matrix, found a \((kind ?? "model").quoted()) in GGUF's format")
        }
        var entries: [String: Entry] = [:]
        for tensor in file.tensors where tensor.name.hasSuffix(Self.sumsSuffix) {
            let name = String(tensor.name.dropLast(Self.sumsSuffix.count))
            guard let count = file.tensor(named: name + Self.countsSuffix) else {
                throw Self.invalid(file.path, "\(name.quoted()) has sums and no count")
            }
            // A matrix of a mixture of experts has several.
            guard tensor.elementType == .f32, count.elementType == .f32, tensor.rowCount == 1, count.elementCount == 1
            else {
                throw Self.invalid(
                    file.path,
                    "\(name.quoted()): expected one row of sums and one count in F32, found "
                        + "\(tensor.rowCount) and \(count.elementCount)")
            }
            entries[name] = Entry(squares: try file.floats(of: tensor), count: try file.floats(of: count)[0])
        }
        self.init(
            entries: entries,
            datasets: try file.metadata.find(Self.datasetsKey, .strings)?.map { String(decoding: $0, as: UTF8.self) }
                ?? [],
            chunkCount: try file.metadata.find(Self.chunkCountKey, .integer) ?? 0,
            chunkLength: try file.metadata.find(Self.chunkLengthKey, .integer) ?? 0)
    }

    /// A number of entries; for each its name, a number of chunks, and means of squares times that number; then perhaps the
    /// number of all chunks and the name of the text. Numbers have 32 bits, names a length before them.
    private init(legacy source: any ByteSource) throws(CheckpointError) {
        var reader = HeaderReader(source: source)
        let count = try reader.size("the number of matrices", within: 1...1 << 20)
        var entries: [String: Entry] = [:]
        for _ in 0..<count {
            let name = try reader.name("a matrix's name")
            let calls = try reader.size("the number of chunks", within: 1...Int(Int32.max))
            let columns = try reader.size("the number of columns", within: 0...reader.remaining / 4)
            let squares: [Float] = try reader.numbers(columns, "sums of squares")
            guard entries.updateValue(Entry(squares: squares, count: Float(calls)), forKey: name) == nil else {
                throw Self.invalid(source.name, "\(name.quoted()) is there twice")
            }
        }
        guard reader.remaining > 0 else {
            self.init(entries: entries, datasets: [], chunkCount: 0, chunkLength: 0)
            return
        }
        let chunkCount = try reader.size("the number of all chunks", within: 0...Int(Int32.max))
        let dataset = reader.remaining > 0 ? try reader.name("the text's name") : ""
        guard reader.remaining == 0 else {
            throw Self.invalid(source.name, "expected its end, found \(reader.remaining) bytes more")
        }
        self.init(
            entries: entries, datasets: dataset.isEmpty ? [] : [dataset], chunkCount: chunkCount, chunkLength: 0)
    }

    private static func invalid(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(.invalid, file: file, problem: problem, remedy: .remakeImportance)
    }

    /// Writes the GGUF form into an output, whose commit is left to the caller.
    package func write(to output: AtomicOutputFile) throws {
        var writer = GGUFWriter()
        writer.add("general.type", .text("imatrix"))
        writer.add(Self.datasetsKey, .array(.string(MetadataStrings(datasets.map { Array($0.utf8) }))))
        writer.add(Self.chunkCountKey, .uint32(UInt32(clamping: chunkCount)))
        writer.add(Self.chunkLengthKey, .uint32(UInt32(clamping: chunkLength)))
        var values: [String: [Float]] = [:]
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            writer.addTensor(name + Self.sumsSuffix, shape: [1, entry.squares.count], elementType: .f32)
            writer.addTensor(name + Self.countsSuffix, shape: [1, 1], elementType: .f32)
            values[name + Self.sumsSuffix] = entry.squares
            values[name + Self.countsSuffix] = [entry.count]
        }
        try writer.write(to: output) { tensor, sink in
            try (values[tensor.name] ?? []).withUnsafeBytes(sink)
        }
    }
}

extension HeaderReader {
    fileprivate static let longestName = 1 << 16

    /// A number of 32 bits that counts something.
    fileprivate mutating func size(_ field: String, within range: ClosedRange<Int>) throws(CheckpointError) -> Int {
        let number = Int(try number(field, as: Int32.self))
        guard range.contains(number) else {
            throw invalid(field, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(number)")
        }
        return number
    }

    fileprivate mutating func name(_ field: String) throws(CheckpointError) -> String {
        let count = try size("\(field)'s length", within: 0...min(remaining, Self.longestName))
        return String(decoding: try numbers(count, field) as [UInt8], as: UTF8.self)
    }
}
