extension MetadataValue {
    /// Appends the type id and the value.
    func encode(into bytes: inout [UInt8]) {
        bytes.append(number: typeID)
        switch self {
        case .uint8(let number): bytes.append(number: number)
        case .int8(let number): bytes.append(number: number)
        case .uint16(let number): bytes.append(number: number)
        case .int16(let number): bytes.append(number: number)
        case .uint32(let number): bytes.append(number: number)
        case .int32(let number): bytes.append(number: number)
        case .float32(let number): bytes.append(number: number)
        case .bool(let flag): bytes.append(flag ? 1 : 0)
        case .string(let text): bytes.append(string: text)
        case .array(let array): array.encode(into: &bytes)
        case .uint64(let number): bytes.append(number: number)
        case .int64(let number): bytes.append(number: number)
        case .float64(let number): bytes.append(number: number)
        }
    }

    private var typeID: UInt32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .uint16: 2
        case .int16: 3
        case .uint32: 4
        case .int32: 5
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .array: 9
        case .uint64: 10
        case .int64: 11
        case .float64: 12
        }
    }
}

extension MetadataArray {
    /// Appends the element type's id, the count and the elements.
    func encode(into bytes: inout [UInt8]) {
        bytes.append(number: elementTypeID)
        bytes.append(number: UInt64(count))
        switch self {
        case .uint8(let elements): bytes.append(numbers: elements)
        case .int8(let elements): bytes.append(numbers: elements)
        case .uint16(let elements): bytes.append(numbers: elements)
        case .int16(let elements): bytes.append(numbers: elements)
        case .uint32(let elements): bytes.append(numbers: elements)
        case .int32(let elements): bytes.append(numbers: elements)
        case .float32(let elements): bytes.append(numbers: elements)
        case .bool(let elements): bytes.append(contentsOf: elements.map { $0 ? 1 : 0 })
        case .string(let elements): for element in elements { bytes.append(string: element) }
        case .array(let elements): for element in elements { element.encode(into: &bytes) }
        case .uint64(let elements): bytes.append(numbers: elements)
        case .int64(let elements): bytes.append(numbers: elements)
        case .float64(let elements): bytes.append(numbers: elements)
        }
    }

    private var elementTypeID: UInt32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .uint16: 2
        case .int16: 3
        case .uint32: 4
        case .int32: 5
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .array: 9
        case .uint64: 10
        case .int64: 11
        case .float64: 12
        }
    }
}

extension [UInt8] {
    /// Appends a number's bytes, little endian.
    mutating func append(number: some BitwiseCopyable) {
        Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
    }

    /// Appends the bytes of numbers, little endian.
    mutating func append(numbers: [some BitwiseCopyable]) {
        numbers.withUnsafeBytes { append(contentsOf: $0) }
    }

    /// Appends a length of 64 bits and the bytes.
    mutating func append(string: some Collection<UInt8>) {
        append(number: UInt64(string.count))
        append(contentsOf: string)
    }
}
