extension MetadataValue {
    /// The type and, for a scalar, the value: `u32 5`, `string 'llama'`, `array of 3 f32`. For errors.
    package var summary: String {
        switch self {
        case .uint8(let number): "u8 \(number)"
        case .int8(let number): "i8 \(number)"
        case .uint16(let number): "u16 \(number)"
        case .int16(let number): "i16 \(number)"
        case .uint32(let number): "u32 \(number)"
        case .int32(let number): "i32 \(number)"
        case .float32(let number): "f32 \(number)"
        case .bool(let flag): "bool \(flag)"
        case .string(let bytes): "string \(String(decoding: bytes.prefix(200), as: UTF8.self).quoted())"
        case .array(let array): "array of \(array.count) \(array.elementTypeName)"
        case .uint64(let number): "u64 \(number)"
        case .int64(let number): "i64 \(number)"
        case .float64(let number): "f64 \(number)"
        }
    }
}

extension MetadataArray {
    /// The number of elements.
    public var count: Int {
        switch self {
        case .uint8(let elements): elements.count
        case .int8(let elements): elements.count
        case .uint16(let elements): elements.count
        case .int16(let elements): elements.count
        case .uint32(let elements): elements.count
        case .int32(let elements): elements.count
        case .float32(let elements): elements.count
        case .bool(let elements): elements.count
        case .string(let elements): elements.count
        case .array(let elements): elements.count
        case .uint64(let elements): elements.count
        case .int64(let elements): elements.count
        case .float64(let elements): elements.count
        }
    }

    /// The element type's short name, such as `u32`.
    package var elementTypeName: String {
        switch self {
        case .uint8: "u8"
        case .int8: "i8"
        case .uint16: "u16"
        case .int16: "i16"
        case .uint32: "u32"
        case .int32: "i32"
        case .float32: "f32"
        case .bool: "bool"
        case .string: "string"
        case .array: "array"
        case .uint64: "u64"
        case .int64: "i64"
        case .float64: "f64"
        }
    }
}
