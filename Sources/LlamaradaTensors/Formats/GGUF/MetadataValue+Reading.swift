/// How a metadata value is asked for: `metadata.require("llama.block_count", .integer)`.
public struct MetadataReading<Value>: Sendable {
    /// What errors say was expected, such as "an integer".
    let expectation: String
    /// The value as asked for, or nil where it is something else.
    let read: @Sendable (MetadataValue) -> Value?

    /// A reading of another kind; `expectation` is what errors say was expected.
    public init(expecting expectation: String, read: @escaping @Sendable (MetadataValue) -> Value?) {
        self.expectation = expectation
        self.read = read
    }
}

extension MetadataReading where Value == Int {
    /// An integer of any width that an `Int` can hold.
    public static var integer: Self {
        Self(expecting: "an integer below 2^63") { value in
            switch value {
            case .uint8(let number): Int(number)
            case .int8(let number): Int(number)
            case .uint16(let number): Int(number)
            case .int16(let number): Int(number)
            case .uint32(let number): Int(number)
            case .int32(let number): Int(number)
            case .uint64(let number): Int(exactly: number)
            case .int64(let number): Int(exactly: number)
            default: nil
            }
        }
    }
}

extension MetadataReading where Value == Double {
    /// A float of either width; integers are not numbers here, because no key allows both.
    public static var number: Self {
        Self(expecting: "a float") { value in
            switch value {
            case .float32(let number): Double(number)
            case .float64(let number): number
            default: nil
            }
        }
    }
}

extension MetadataReading where Value == Bool {
    /// A truth value.
    public static var bool: Self {
        Self(expecting: "a bool") { if case .bool(let flag) = $0 { flag } else { nil } }
    }
}

extension MetadataReading where Value == String {
    /// A string that is valid UTF-8.
    public static var text: Self {
        Self(expecting: "a UTF-8 string") { value in
            if case .string(let bytes) = value { String(validating: bytes, as: UTF8.self) } else { nil }
        }
    }
}

extension MetadataReading where Value == [UInt8] {
    /// The bytes of a string, whatever they are.
    public static var bytes: Self {
        Self(expecting: "a string") { if case .string(let bytes) = $0 { bytes } else { nil } }
    }
}

extension MetadataReading where Value == MetadataStrings {
    /// An array of byte strings.
    public static var strings: Self {
        Self(expecting: "an array of strings") { value in
            if case .array(.string(let strings)) = value { strings } else { nil }
        }
    }
}

extension MetadataReading where Value == [Float] {
    /// An array of binary32 numbers.
    public static var floats: Self {
        Self(expecting: "an array of f32") { if case .array(.float32(let numbers)) = $0 { numbers } else { nil } }
    }
}

extension MetadataReading where Value == [Int] {
    /// An array of integers of any width, all of which an `Int` can hold.
    public static var integers: Self {
        Self(expecting: "an array of integers below 2^63") { value in
            guard case .array(let array) = value else { return nil }
            return switch array {
            case .uint8(let numbers): numbers.map(Int.init)
            case .int8(let numbers): numbers.map(Int.init)
            case .uint16(let numbers): numbers.map(Int.init)
            case .int16(let numbers): numbers.map(Int.init)
            case .uint32(let numbers): numbers.map(Int.init)
            case .int32(let numbers): numbers.map(Int.init)
            case .uint64(let numbers): allOrNil(numbers)
            case .int64(let numbers): allOrNil(numbers)
            default: nil
            }
        }
    }

    private static func allOrNil(_ numbers: [some BinaryInteger]) -> [Int]? {
        let exact = numbers.compactMap { Int(exactly: $0) }
        return exact.count == numbers.count ? exact : nil
    }
}
