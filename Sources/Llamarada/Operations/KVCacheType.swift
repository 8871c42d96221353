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
