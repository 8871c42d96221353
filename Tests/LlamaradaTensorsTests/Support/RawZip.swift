/// A zip archive put together byte by byte, apart from any writer, so that each part can be made wrong.
struct RawZip {
    var entries: [(name: String, bytes: [UInt8])]
    /// How entries are packed: 0 is not at all.
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// What the directory adds to each entry's place.
    var displacement = 0
    /// What the directory adds to each entry's size.
    var growth = 0
    var entryCount: UInt16?
    var comment: [UInt8] = []

    var bytes: [UInt8] {
        var (body, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, bytes) in entries {
            let sizes = Self.number(UInt32(bytes.count + growth)) + Self.number(UInt32(bytes.count + growth))
            let names = Self.number(UInt16(name.utf8.count)) + [0, 0]
            let common =
                [20, 0] + Self.number(flags) + Self.number(method) + [UInt8](repeating: 0, count: 8) + sizes + names
            let place = UInt32(truncatingIfNeeded: body.count + displacement)
            directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10) + Self.number(place)
            directory += Array(name.utf8)
            body += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + bytes
        }
        let count = Self.number(entryCount ?? UInt16(entries.count))
        let end = [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + Self.number(UInt32(directory.count))
        return body + directory + end + Self.number(UInt32(body.count)) + Self.number(UInt16(comment.count)) + comment
    }

    private static func number(_ value: some FixedWidthInteger) -> [UInt8] { RawGGUF.number(value) }
}
