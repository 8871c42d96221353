import Foundation
import LlamaradaTensors
import TestSupport

/// Fixtures/quantizers: numbers, and what other quantisers make of them; tools/fixtures/quantizers.py writes it.
enum QuantizerFixture {
    static let folder = ModelFixture.folder.appending(path: "quantizers")

    /// The mean square errors of llama.cpp's quantiser, by type and part, and the blocks of each part in their order.
    struct Errors: Decodable {
        let blocks: [String: Int]
        let errors: [String: [String: Double]]

        static func load() throws -> Errors { try json("errors.json") }
    }

    /// The types that llama.cpp chooses for a model.
    struct Choice: Decodable {
        let layers: Int
        let heads: Int
        let kvHeads: Int
        let tied: Bool
        let names: [String]
        let columns: [Int]
        let types: [String: String]

        static func all() throws -> [String: Choice] { try json("types.json") }
    }

    /// The parts in the order of input.f32.
    static let parts = ["normal", "heavy", "trained", "special"]

    /// Blocks of 256 numbers.
    static func input() throws -> [Float] {
        try bytes("input.f32").withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    private static func json<Value: Decodable>(_ name: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
    }
}

extension ElementType {
    /// The blocks of values, by the importance of the columns of rows; the first value is in the column `column`.
    func quantized(_ values: [Float], importance: [Float]? = nil, column: Int = 0) -> [UInt8] {
        // At an odd address, which is all that is promised.
        var bytes = [UInt8](repeating: 0xAA, count: 1 + (byteCount(elementCount: values.count) ?? 0))
        bytes.withUnsafeMutableBytes { target in
            let target = UnsafeMutableRawBufferPointer(rebasing: target[1...])
            values.withUnsafeBufferPointer { values in
                guard let importance else { return quantize(values, into: target) }
                importance.withUnsafeBufferPointer {
                    quantize(values, importance: $0, column: column, into: target)
                }
            }
        }
        return Array(bytes[1...])
    }

    /// The values of blocks.
    func values(of blocks: [UInt8]) -> [Float] {
        var values = [Float](repeating: .nan, count: blocks.count / blockByteCount * blockElementCount)
        blocks.withUnsafeBytes { bytes in values.withUnsafeMutableBufferPointer { dequantize(bytes, into: $0) } }
        return values
    }
}
