/// Bytes with numbers in them, least byte first, that are read from the front or at places.
struct LittleEndianBytes {
    private(set) var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Takes so many bytes off the front; nil where there are fewer.
    mutating func take(_ count: Int) -> LittleEndianBytes? {
        guard 0...bytes.count ~= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return LittleEndianBytes(bytes.prefix(count))
    }

    /// An unsigned number of at most eight bytes, as many as there are; what no `Int` holds is the largest.
    func number(at place: Int, _ count: Int) -> Int {
        var number: UInt64 = 0
        for byte in bytes.dropFirst(place).prefix(count).reversed() { number = number << 8 | UInt64(byte) }
        return Int(clamping: number)
    }
}
