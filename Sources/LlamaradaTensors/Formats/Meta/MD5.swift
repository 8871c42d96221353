import Glibc

/// The MD5 sum of bytes, for lists that name files by it; against chance only, never against intent.
///
/// Specification: RFC 1321.
struct MD5 {
    private var state: (UInt32, UInt32, UInt32, UInt32) = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    /// ⌊2³² · |sin(i + 1)|⌋.
    private static let sines: [UInt32] = (1...64).map { UInt32(0x1p32 * abs(sin(Double($0)))) }
    private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var position = 0
        if !rest.isEmpty {
            position = min(64 - rest.count, bytes.count)
            rest += bytes[..<position]
            guard rest.count == 64 else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { add(block: $0) }
        }
        while position + 64 <= bytes.count {
            add(block: UnsafeRawBufferPointer(rebasing: bytes[position..<position + 64]))
            position += 64
        }
        rest = Array(bytes[position...])
    }

    /// The sum of all that was added, in hexadecimal digits.
    mutating func finished() -> String {
        let bits = byteCount &* 8
        var end: [UInt8] = [0x80]
        end += [UInt8](repeating: 0, count: (119 - Int(byteCount % 64)) % 64)
        end += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
        end.withUnsafeBytes { add($0) }
        return [state.0, state.1, state.2, state.3].map { word in
            (0..<4).map { byte in
                let digits = String((word >> (8 * byte)) & 0xFF, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
        }.joined()
    }

    private mutating func add(block: UnsafeRawBufferPointer) {
        var (a, b, c, d) = state
        Self.sines.withUnsafeBufferPointer { sines in
            Self.shifts.withUnsafeBufferPointer { shifts in
                for step in 0..<64 {
                    let round = step / 16
                    let (mixed, index): (UInt32, Int) =
                        switch round {
                        case 0: ((b & c) | (~b & d), step)
                        case 1: ((d & b) | (~d & c), (5 * step + 1) % 16)
                        case 2: (b ^ c ^ d, (3 * step + 5) % 16)
                        default: (c ^ (b | ~d), 7 * step % 16)
                        }
                    let word = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
                    let sum = a &+ mixed &+ sines[step] &+ word
                    let shift = shifts[4 * round + step % 4]
                    (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
                }
            }
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d)
    }
}
