import FoundationEssentials
package import Llamarada
package import LlamaradaTensors

/// Makes what `/v1/embeddings` answers.
package struct EmbeddingCollector: AnswerCollector {
    private let model: String
    /// Whether numbers are sent as their bytes, little endian, in base64.
    private let isBase64: Bool
    private var embeddings: [[Float]]

    init(model: String, count: Int, isBase64: Bool) {
        self.model = model
        self.isBase64 = isBase64
        embeddings = Array(repeating: [], count: count)
    }

    package mutating func begin() -> [JSONValue] { [] }

    package mutating func take(_ index: Int, _ event: GenerationEvent) -> [JSONValue] {
        if case .embedding(let values) = event { embeddings[index] = values }
        return []
    }

    package func chunk(_ usage: Usage) -> JSONValue { whole(usage) }

    package func whole(_ usage: Usage) -> JSONValue {
        let data = embeddings.enumerated().map { index, values in
            JSONValue.object([
                .init("object", "embedding"), .init("index", .integer(index)), .init("embedding", encoded(values)),
            ])
        }
        return .object([
            .init("object", "list"), .init("data", .array(data)), .init("model", .string(model)),
            .init(
                "usage", ["prompt_tokens": .integer(usage.prompt), "total_tokens": .integer(usage.prompt)]),
        ])
    }

    private func encoded(_ values: [Float]) -> JSONValue {
        guard isBase64 else { return .array(values.map { .number(Double($0)) }) }
        let bytes = values.flatMap { value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        return .string(Data(bytes).base64EncodedString())
    }
}
