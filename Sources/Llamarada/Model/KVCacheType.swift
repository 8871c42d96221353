/// How keys and values are kept between tokens.
public enum KVCacheType: String, Sendable, CaseIterable {
    /// 16-bit IEEE floats, 2 bytes an element: half the memory, 11 bits of precision.
    case f16
    /// 32-bit IEEE floats, 4 bytes an element: exactly what was computed.
    case f32

    /// Bytes that one cached element takes on a device.
    public var elementByteCount: Int {
        switch self {
        case .f16: 2
        case .f32: 4
        }
    }
}

extension KVCacheType {
    /// What words of a cache mean: two f16 values or one f32 value each, lower half first.
    func values(_ words: [UInt32]) -> [Float] {
        switch self {
        case .f32: words.map(Float.init(bitPattern:))
        case .f16: words.flatMap { [half($0), half($0 >> 16)] }
        }
    }

    /// The words of a cache that hold `values`, rounded to the nearest, ties to even; inverse of ``values(_:)``.
    func words(_ values: [Float]) -> [UInt32] {
        switch self {
        case .f32: values.map(\.bitPattern)
        case .f16:
            stride(from: 0, to: values.count, by: 2).map {
                UInt32(Float16(values[$0]).bitPattern) | UInt32(Float16(values[$0 + 1]).bitPattern) << 16
            }
        }
    }

    private func half(_ word: UInt32) -> Float { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: word))) }
}
