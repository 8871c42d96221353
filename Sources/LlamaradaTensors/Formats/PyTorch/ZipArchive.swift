import LlamaradaErrors

/// The entries of a zip file whose bytes are stored as they are, which is how PyTorch saves tensors.
///
/// Specification: PKWARE's APPNOTE.TXT 6.3.10, with its ZIP64 records. Nothing is unpacked: entries are places in the file.
struct ZipArchive: Sendable {
    /// Where an entry's bytes lie.
    struct Entry: Sendable {
        let byteOffset: Int
        let byteCount: Int
        /// Where its local header starts.
        fileprivate let headerOffset: Int
    }

    /// Entries by their names.
    let entries: [String: Entry]
    private static let mostEntries = 1 << 17
    private static let largestDirectory = 16 << 20

    /// - Throws: `CheckpointError` naming the entry, where one is packed, hidden, or lies over another.
    init(_ source: any ByteSource) throws(CheckpointError) {
        guard source.byteCount <= GGUFParser.largestFile else {
            throw Self.invalid(source, "expected at most \(GGUFParser.largestFile) bytes")
        }
        let directory = try Directory(source)
        let bytes = try source.bytes(at: directory.byteOffset, count: directory.byteCount)
        var entries: [String: Entry] = [:]
        var reader = LittleEndianBytes(bytes)
        for _ in 0..<directory.entryCount {
            let (name, entry) = try Self.entry(&reader, source, directory)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw Self.invalid(source, "entry \(name.quoted()): expected every name once")
            }
        }
        try Self.checkPlaces(entries, source)
        self.entries = entries
    }

    /// One entry of the directory, with where its bytes lie behind its local header.
    private static func entry(
        _ reader: inout LittleEndianBytes, _ source: any ByteSource, _ directory: Directory
    ) throws(CheckpointError) -> (String, Entry) {
        guard let header = reader.take(46), header.number(at: 0, 4) == 0x0201_4b50,
            let nameBytes = reader.take(header.number(at: 28, 2)), let extra = reader.take(header.number(at: 30, 2)),
            reader.take(header.number(at: 32, 2)) != nil
        else { throw invalid(source, "its directory is damaged") }
        guard let name = String(validating: nameBytes.bytes, as: UTF8.self), !name.isEmpty else {
            throw invalid(source, "an entry's name is no UTF-8")
        }
        let sizes = Sizes(header, extra)
        guard header.number(at: 8, 2) & 1 == 0, header.number(at: 10, 2) == 0, sizes.packed == sizes.plain else {
            throw CheckpointError(
                .unsupported, file: source.name,
                problem: "entry \(name.quoted()): expected bytes that are neither packed nor encrypted",
                remedy: .other("Save it with torch.save"))
        }
        // No sum overflows: what the directory leaves is less than a file may have.
        guard sizes.headerOffset <= directory.byteOffset - 30 else { throw outside(name, source) }
        let local = LittleEndianBytes(try source.bytes(at: sizes.headerOffset, count: 30))
        let (nameCount, extraCount) = (local.number(at: 26, 2), local.number(at: 28, 2))
        guard local.number(at: 0, 4) == 0x0403_4b50, nameCount == nameBytes.bytes.count else {
            throw outside(name, source)
        }
        let start = sizes.headerOffset + 30 + nameCount + extraCount
        guard start <= directory.byteOffset, sizes.plain <= directory.byteOffset - start,
            try source.bytes(at: sizes.headerOffset + 30, count: nameCount) == Array(nameBytes.bytes)
        else { throw outside(name, source) }
        return (name, Entry(byteOffset: start, byteCount: sizes.plain, headerOffset: sizes.headerOffset))
    }

    /// No byte belongs to two entries.
    private static func checkPlaces(_ entries: [String: Entry], _ source: any ByteSource) throws(CheckpointError) {
        var end = 0
        for (name, entry) in entries.sorted(by: { $0.value.headerOffset < $1.value.headerOffset }) {
            guard entry.headerOffset >= end else {
                throw invalid(source, "entry \(name.quoted()): expected bytes of its own, found another's")
            }
            end = entry.byteOffset + entry.byteCount
        }
    }

    private static func outside(_ name: String, _ source: any ByteSource) -> CheckpointError {
        invalid(source, "entry \(name.quoted()): expected bytes before the directory, behind a header of its own")
    }

    private static func invalid(_ source: any ByteSource, _ problem: String) -> CheckpointError {
        CheckpointError(.invalid, file: source.name, problem: problem, remedy: .fetchAgain)
    }
}

extension ZipArchive {
    /// What an entry of the directory says of sizes; numbers of 32 bits that are full stand in the extra field.
    private struct Sizes {
        private(set) var packed: Int
        private(set) var plain: Int
        private(set) var headerOffset: Int

        init(_ header: LittleEndianBytes, _ extra: LittleEndianBytes) {
            let full = 0xFFFF_FFFF
            (packed, plain, headerOffset) =
                (header.number(at: 20, 4), header.number(at: 24, 4), header.number(at: 42, 4))
            var fields = extra
            while let head = fields.take(4), var field = fields.take(head.number(at: 2, 2)) {
                guard head.number(at: 0, 2) == 1 else { continue }
                // In this order, each only where its number is full.
                for path in [\Sizes.plain, \.packed, \.headerOffset] where self[keyPath: path] == full {
                    if let number = field.take(8) { self[keyPath: path] = number.number(at: 0, 8) }
                }
            }
        }
    }

    /// Where the directory lies, by the record at the file's end.
    private struct Directory {
        let entryCount: Int
        let byteCount: Int
        let byteOffset: Int

        init(_ source: any ByteSource) throws(CheckpointError) {
            // The record has 22 bytes and a comment.
            let count = min(source.byteCount, 22 + 0xFFFF)
            let start = source.byteCount - count
            let tail = LittleEndianBytes(try source.bytes(at: start, count: count))
            var found: Int?
            for position in stride(from: count - 22, through: 0, by: -1)
            where tail.number(at: position, 4) == 0x0605_4b50
                && tail.number(at: position + 20, 2) == count - position - 22
            {
                found = position
                break
            }
            guard let position = found else {
                throw ZipArchive.invalid(source, "expected a file of torch.save, a zip archive; found none")
            }
            let end = LittleEndianBytes(Array(tail.bytes[position..<position + 22]))
            var fields = (end.number(at: 10, 2), end.number(at: 12, 4), end.number(at: 16, 4))
            let (hasOneDisk, record) = (end.number(at: 4, 2) == end.number(at: 6, 2), start + position)
            if let wide = try Self.wide(source, before: record) { fields = wide }
            guard hasOneDisk, fields.0 <= ZipArchive.mostEntries, fields.1 <= ZipArchive.largestDirectory,
                fields.2 <= record, fields.1 <= record - fields.2
            else { throw ZipArchive.invalid(source, "its directory is damaged, or larger than any model's") }
            (entryCount, byteCount, byteOffset) = fields
        }

        /// The numbers of a ZIP64 record, whose place stands right before the other record; nil where there is none.
        private static func wide(
            _ source: any ByteSource, before record: Int
        ) throws(CheckpointError) -> (Int, Int, Int)? {
            guard record >= 20 else { return nil }
            let locator = LittleEndianBytes(try source.bytes(at: record - 20, count: 20))
            guard locator.number(at: 0, 4) == 0x0706_4b50 else { return nil }
            let place = locator.number(at: 8, 8)
            guard record >= 76, place <= record - 76 else {
                throw ZipArchive.invalid(source, "its directory is damaged")
            }
            let wide = LittleEndianBytes(try source.bytes(at: place, count: 56))
            guard wide.number(at: 0, 4) == 0x0606_4b50 else {
                throw ZipArchive.invalid(source, "its directory is damaged")
            }
            return (wide.number(at: 32, 8), wide.number(at: 40, 8), wide.number(at: 48, 8))
        }
    }
}
