import LlamaradaErrors

/// A GGUF file's metadata: keys and values in the file's order.
public struct GGUFMetadata: Sendable {
    /// The keys in the file's order.
    public private(set) var keys: [String] = []
    private var values: [String: MetadataValue] = [:]
    private let file: String

    init(file: String) { self.file = file }

    /// The value of a key, or nil.
    public subscript(key: String) -> MetadataValue? { values[key] }

    /// Adds a pair; false where the key is there already.
    mutating func add(_ key: String, _ value: MetadataValue) -> Bool {
        guard values.updateValue(value, forKey: key) == nil else { return false }
        keys.append(key)
        return true
    }

    /// The value of a key that must be there and read as asked: `require("llama.block_count", .integer)`.
    ///
    /// Throws `CheckpointError` naming the key, what was expected and what was found.
    public func require<Value>(
        _ key: String, _ reading: MetadataReading<Value>
    ) throws(CheckpointError) -> Value {
        guard let value = try find(key, reading) else {
            throw error(key, reading.expectation, found: "no such key")
        }
        return value
    }

    /// The value of a key, or nil where the key isn't there.
    ///
    /// Throws `CheckpointError` naming the key where the value doesn't read as asked.
    public func find<Value>(_ key: String, _ reading: MetadataReading<Value>) throws(CheckpointError) -> Value? {
        guard let value = values[key] else { return nil }
        guard let result = reading.read(value) else {
            throw error(key, reading.expectation, found: value.summary)
        }
        return result
    }

    private func error(_ key: String, _ expectation: String, found: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file, problem: "metadata \(key.quoted()): expected \(expectation), found \(found)",
            remedy: .inspectOrFetchAgain(file: file))
    }
}
