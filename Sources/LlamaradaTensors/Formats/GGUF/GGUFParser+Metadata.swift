extension GGUFParser {
    /// Arrays within arrays, at most: the specification allows any depth, files use one.
    static let deepestArray = 4
    /// Beyond any chat template, and beyond the tokenizer.json that a file may carry whole.
    static let longestString = 64 << 20

    mutating func parseMetadata(count: Int) throws(CheckpointError) -> GGUFMetadata {
        var metadata = GGUFMetadata(file: reader.source.name)
        for index in 0..<count {
            let key = try name(longest: Self.longestKey, "metadata key \(index + 1) of \(count)")
            let type = try reader.number("metadata \(key.quoted()) type", as: UInt32.self)
            let value = try value(ofType: type, "metadata \(key.quoted())")
            guard metadata.add(key, value) else {
                throw reader.invalid(
                    "metadata \(key.quoted())", expected: "every key once", found: "the key a second time")
            }
        }
        return metadata
    }

    private mutating func value(
        ofType type: UInt32, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> MetadataValue {
        switch type {
        case 0: .uint8(try reader.number(field()))
        case 1: .int8(try reader.number(field()))
        case 2: .uint16(try reader.number(field()))
        case 3: .int16(try reader.number(field()))
        case 4: .uint32(try reader.number(field()))
        case 5: .int32(try reader.number(field()))
        case 6: .float32(try reader.number(field()))
        case 7: .bool(try checkedBools([reader.number(field())], field())[0])
        case 8: .string(try string(field()))
        case 9: .array(try array(depth: 1, field()))
        case 10: .uint64(try reader.number(field()))
        case 11: .int64(try reader.number(field()))
        case 12: .float64(try reader.number(field()))
        default:
            throw reader.invalid("\(field()) type", expected: "a type id from 0 to 12", found: "\(type)")
        }
    }

    private mutating func array(
        depth: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> MetadataArray {
        guard depth <= Self.deepestArray else {
            throw reader.invalid(
                field(), expected: "at most \(Self.deepestArray) arrays within one another", found: "more")
        }
        let type = try reader.number("\(field()) element type", as: UInt32.self)
        return switch type {
        case 0: .uint8(try numbers(field()))
        case 1: .int8(try numbers(field()))
        case 2: .uint16(try numbers(field()))
        case 3: .int16(try numbers(field()))
        case 4: .uint32(try numbers(field()))
        case 5: .int32(try numbers(field()))
        case 6: .float32(try numbers(field()))
        case 7: .bool(try checkedBools(numbers(field()), field()))
        case 8: .string(try strings(field()))
        case 9: .array(try arrays(depth: depth, field()))
        case 10: .uint64(try numbers(field()))
        case 11: .int64(try numbers(field()))
        case 12: .float64(try numbers(field()))
        default:
            throw reader.invalid("\(field()) element type", expected: "a type id from 0 to 12", found: "\(type)")
        }
    }

    private mutating func numbers<Number: BitwiseCopyable>(
        _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> [Number] {
        let count = try reader.count(ofEntriesTaking: MemoryLayout<Number>.size, "\(field()) count")
        return try reader.numbers(count, field())
    }

    private mutating func string(_ field: @autoclosure () -> String) throws(CheckpointError) -> [UInt8] {
        var bytes: [UInt8] = []
        try reader.string(appendingTo: &bytes, longest: Self.longestString, field())
        return bytes
    }

    private mutating func strings(_ field: @autoclosure () -> String) throws(CheckpointError) -> MetadataStrings {
        let count = try reader.count(ofEntriesTaking: 8, "\(field()) count")
        var strings = MetadataStrings()
        for index in 0..<count {
            try strings.append { bytes throws(CheckpointError) in
                try reader.string(
                    appendingTo: &bytes, longest: Self.longestString, "\(field()) element \(index) of \(count)")
            }
        }
        return strings
    }

    private mutating func arrays(
        depth: Int, _ field: @autoclosure () -> String
    ) throws(CheckpointError) -> [MetadataArray] {
        let count = try reader.count(ofEntriesTaking: 12, "\(field()) count")
        var arrays: [MetadataArray] = []
        for index in 0..<count {
            arrays.append(try array(depth: depth + 1, "\(field()) element \(index) of \(count)"))
        }
        return arrays
    }

    private func checkedBools(_ bytes: [UInt8], _ field: @autoclosure () -> String) throws(CheckpointError) -> [Bool] {
        if let wrong = bytes.first(where: { $0 > 1 }) {
            throw reader.invalid(field(), expected: "a bool, 0 or 1", found: "\(wrong)")
        }
        return bytes.map { $0 == 1 }
    }
}
