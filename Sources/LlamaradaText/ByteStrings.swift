/// Many byte strings in one allocation: 128,000 pieces as separate arrays would cost an allocation and a pointer each.
struct ByteStrings: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    var count: Int { ends.count - 1 }

    mutating func append(_ string: some Collection<UInt8>) {
        bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    mutating func reserve(count: Int, byteCount: Int) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(count + 1)
    }

    /// Whether the string has exactly these bytes.
    @inline(__always)
    func matches(_ index: Int, _ other: UnsafeRawBufferPointer) -> Bool {
        let start = ends[index]
        guard ends[index + 1] - start == other.count else { return false }
        for offset in 0..<other.count where bytes[start + offset] != other[offset] { return false }
        return true
    }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[ends[index]..<ends[index + 1]] }
}
