/// Ranges of Unicode scalars as ranges of the bytes of UTF-8.
enum UTF8Ranges {
    /// Sequences of byte ranges that together spell the scalars of a range: each byte of a spelling lies in its range.
    ///
    /// As in Russ Cox, "Regular expression matching in the wild" (2010): the range is cut where the number of bytes
    /// changes and where a leading byte does not have all of its followers.
    static func sequences(of range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var result: [[ClosedRange<UInt8>]] = []
        var rest = [range]
        while let range = rest.popLast() {
            let (low, high) = (range.lowerBound, range.upperBound)
            if let limit = [0x7F, 0x7FF, 0xFFFF].first(where: { low <= $0 && $0 < high }) {
                rest += [limit + 1...high, low...limit]
            } else if let cut = cut(low, high) {
                rest += [cut + 1...high, low...cut]
            } else {
                result.append(zip(bytes(of: low), bytes(of: high)).map { $0...$1 })
            }
        }
        return result
    }

    /// Where a range of spellings of one length is to be cut; nil where its bytes' ranges are independent.
    private static func cut(_ low: UInt32, _ high: UInt32) -> UInt32? {
        guard high > 0x7F else { return nil }
        for places in 1..<UInt32(bytes(of: high).count) {
            let mask = UInt32(1) << (6 * places) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 { return low | mask }
            if high & mask != mask { return (high & ~mask) - 1 }
        }
        return nil
    }

    private static func bytes(of scalar: UInt32) -> [UInt8] {
        Unicode.Scalar(scalar).map { Array(String($0).utf8) } ?? []
    }
}
