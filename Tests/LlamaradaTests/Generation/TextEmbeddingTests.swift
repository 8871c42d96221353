import Llamarada
import TestSupport
import Testing

/// A text's embedding: the same on the device as by the plain formulas, and in company.
@Suite struct TextEmbeddingTests {
    private func model(_ backend: Backend, chunk: Int) async throws -> LanguageModel {
        try await LanguageModel.load(
            TestRequest.path,
            options: LoadOptions(
                backend: backend, contextLength: 128, sequences: 3, chunk: chunk, keyCacheType: .f32,
                valueCacheType: .f32, threads: 1))
    }

    @Test func agreesWithTheReference() async throws {
        let device = try await model(.vulkan(), chunk: 7)
        let reference = try await model(.cpu, chunk: 512)
        for request in TestRequest.sixteen.prefix(8) {
            let (found, expected) = try await (device.embed(request.prompt), reference.embed(request.prompt))
            #expect(found.count == device.configuration.dim)
            #expect(Deviation.worst(found, expected, absolute: 1e-5) <= 1)
        }
    }

    /// Some rows of a step give this, others tokens and logits.
    @Test func isTheSameInCompany() async throws {
        let model = try await model(.vulkan(), chunk: 64)
        let requests = Array(TestRequest.sixteen.prefix(9))
        var alone: [[Float]] = []
        for request in requests { alone.append(try await model.embed(request.prompt)) }
        let together = try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, try await model.embed(request.prompt)) }
                group.addTask {
                    _ = try await request.answer(of: model)
                    return (-1, [])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (index, found) in together where index >= 0 { #expect(found == alone[index], "request \(index)") }
    }
}
