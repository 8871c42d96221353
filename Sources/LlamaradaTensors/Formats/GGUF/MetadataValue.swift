/// One value of a GGUF file's metadata; strings are bytes, because files hold strings that aren't UTF-8.
public enum MetadataValue: Sendable, Hashable {
    /// An unsigned 8-bit integer.
    case uint8(UInt8)
    /// A signed 8-bit integer.
    case int8(Int8)
    /// An unsigned 16-bit integer.
    case uint16(UInt16)
    /// A signed 16-bit integer.
    case int16(Int16)
    /// An unsigned 32-bit integer.
    case uint32(UInt32)
    /// A signed 32-bit integer.
    case int32(Int32)
    /// A binary32.
    case float32(Float)
    /// True or false.
    case bool(Bool)
    /// Bytes that should be UTF-8.
    case string([UInt8])
    /// Values of one type.
    case array(MetadataArray)
    /// An unsigned 64-bit integer.
    case uint64(UInt64)
    /// A signed 64-bit integer.
    case int64(Int64)
    /// A binary64.
    case float64(Double)

    /// A string value.
    public static func text(_ text: String) -> MetadataValue { .string(Array(text.utf8)) }
}

/// An array of a GGUF file's metadata: elements of one type, stored densely.
public enum MetadataArray: Sendable, Hashable {
    /// Unsigned 8-bit integers.
    case uint8([UInt8])
    /// Signed 8-bit integers.
    case int8([Int8])
    /// Unsigned 16-bit integers.
    case uint16([UInt16])
    /// Signed 16-bit integers.
    case int16([Int16])
    /// Unsigned 32-bit integers.
    case uint32([UInt32])
    /// Signed 32-bit integers.
    case int32([Int32])
    /// Binary32 numbers.
    case float32([Float])
    /// Truth values.
    case bool([Bool])
    /// Byte strings.
    case string(MetadataStrings)
    /// Arrays, which may differ in type.
    case array([MetadataArray])
    /// Unsigned 64-bit integers.
    case uint64([UInt64])
    /// Signed 64-bit integers.
    case int64([Int64])
    /// Binary64 numbers.
    case float64([Double])
}

/// Many byte strings in two allocations: a vocabulary has 128,000, its merges 280,000.
public struct MetadataStrings: Sendable, Hashable, RandomAccessCollection {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// No strings.
    public init() {}

    /// The strings of a sequence.
    public init(_ strings: some Sequence<some Sequence<UInt8>>) {
        for string in strings {
            bytes.append(contentsOf: string)
            ends.append(bytes.count)
        }
    }

    /// Zero.
    public var startIndex: Int { 0 }
    /// The number of strings.
    public var endIndex: Int { ends.count }

    /// The bytes of one string.
    public subscript(position: Int) -> [UInt8] {
        Array(bytes[(position == 0 ? 0 : ends[position - 1])..<ends[position]])
    }

    /// Ends the string whose bytes `write` appends.
    mutating func append(_ write: (inout [UInt8]) throws(CheckpointError) -> Void) throws(CheckpointError) {
        try write(&bytes)
        ends.append(bytes.count)
    }
}
