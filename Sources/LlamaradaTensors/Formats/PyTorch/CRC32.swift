/// The check sum of zip archives: ISO 3309's polynomial, least bit first.
struct CRC32 {
    private var state: UInt32 = 0xFFFF_FFFF

    /// The sum of all that was added.
    var value: UInt32 { ~state }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0xEDB8_8320 }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        state = Self.table.withUnsafeBufferPointer { table in
            bytes.reduce(state) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
        }
    }
}
