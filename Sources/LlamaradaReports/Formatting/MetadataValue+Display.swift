import LlamaradaTensors

extension MetadataValue {
    /// The type as a table shows it: `u32`, or `string[49152]`.
    var typeName: String {
        if case .array(let array) = self { "\(array.elementTypeName)[\(array.count)]" } else { element.typeName }
    }

    /// The value: a scalar whole, an array's first elements.
    var abbreviated: String {
        if case .array(let array) = self { array.abbreviated } else { element.text }
    }

    /// The value whole; bytes that aren't UTF-8 are repaired.
    var json: JSON {
        if case .array(let array) = self { array.json } else { element.json }
    }

    /// A scalar's three faces.
    private var element: (typeName: String, text: String, json: JSON) {
        switch self {
        case .uint8(let number): ("u8", "\(number)", .integer(number))
        case .int8(let number): ("i8", "\(number)", .integer(number))
        case .uint16(let number): ("u16", "\(number)", .integer(number))
        case .int16(let number): ("i16", "\(number)", .integer(number))
        case .uint32(let number): ("u32", "\(number)", .integer(number))
        case .int32(let number): ("i32", "\(number)", .integer(number))
        case .float32(let number): ("f32", "\(number)", .number(number))
        case .bool(let flag): ("bool", "\(flag)", .bool(flag))
        case .string(let bytes): ("string", bytes.repaired, .string(bytes.repaired))
        case .array(let array): ("array", array.abbreviated, array.json)
        case .uint64(let number): ("u64", "\(number)", .integer(number))
        case .int64(let number): ("i64", "\(number)", .integer(number))
        case .float64(let number): ("f64", "\(number)", .number(number))
        }
    }
}

extension MetadataArray {
    /// The first four elements.
    fileprivate var abbreviated: String {
        let shown = elements(4).map { value in
            if case .string(let bytes) = value { bytes.repaired.quoted(limit: 24) } else { value.abbreviated }
        }
        return "[\(shown.joined(separator: ", "))\(count > shown.count ? ", …" : "")]"
    }

    fileprivate var json: JSON { .array(elements(count).map(\.json)) }

    /// The first elements as values.
    private func elements(_ limit: Int) -> [MetadataValue] {
        switch self {
        case .uint8(let numbers): numbers.prefix(limit).map { .uint8($0) }
        case .int8(let numbers): numbers.prefix(limit).map { .int8($0) }
        case .uint16(let numbers): numbers.prefix(limit).map { .uint16($0) }
        case .int16(let numbers): numbers.prefix(limit).map { .int16($0) }
        case .uint32(let numbers): numbers.prefix(limit).map { .uint32($0) }
        case .int32(let numbers): numbers.prefix(limit).map { .int32($0) }
        case .float32(let numbers): numbers.prefix(limit).map { .float32($0) }
        case .bool(let flags): flags.prefix(limit).map { .bool($0) }
        case .string(let strings): strings.prefix(limit).map { .string($0) }
        case .array(let arrays): arrays.prefix(limit).map { .array($0) }
        case .uint64(let numbers): numbers.prefix(limit).map { .uint64($0) }
        case .int64(let numbers): numbers.prefix(limit).map { .int64($0) }
        case .float64(let numbers): numbers.prefix(limit).map { .float64($0) }
        }
    }
}

extension [UInt8] {
    /// The bytes as text, what isn't UTF-8 replaced by U+FFFD.
    fileprivate var repaired: String { String(decoding: self, as: UTF8.self) }
}
