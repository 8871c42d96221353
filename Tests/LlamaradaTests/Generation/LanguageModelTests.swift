import Foundation
import Llamarada
import LlamaradaText
import TestSupport
import Testing

/// The library's public interface, on a tiny model.
@Suite struct LanguageModelTests {
    private func load(
        _ backend: Backend, contextLength: Int? = nil, _ progress: (@Sendable (LoadProgress) -> Void)? = nil
    ) async throws -> LanguageModel {
        try await LanguageModel.load(
            ModelFixture.folder.appending(path: "models/f32.gguf").path(),
            options: LoadOptions(backend: backend, contextLength: contextLength), progress: progress)
    }

    private static let backends = [Backend.vulkan(), .cpu]
    private static let endless = GenerationOptions(ignoresEndOfText: true)

    @Test(arguments: backends) func streamEndsWithASummary(_ backend: Backend) async throws {
        let model = try await load(backend)
        let options = GenerationOptions(maxTokens: 5, sampling: .greedy, ignoresEndOfText: true)
        var events: [GenerationEvent] = []
        for try await event in model.generate("Hello", options: options) { events.append(event) }
        let tokens = events.filter { if case .token = $0 { true } else { false } }
        guard case .finished(let summary)? = events.last else { throw Unexpected() }
        #expect(tokens.count == 5)
        #expect(summary.stopReason == .tokenLimit && summary.promptTokens == 6 && summary.decodedTokens == 4)
    }

    /// Without it, a million tokens would keep the model busy for an hour.
    @Test(arguments: backends) func leavingTheLoopStopsTheGeneration(_ backend: Backend) async throws {
        let model = try await load(backend, contextLength: 1_000_000)
        var count = 0
        for try await _ in model.generate("a", options: Self.endless) {
            count += 1
            if count == 3 { break }
        }
        #expect(count == 3)
        try await expectIdle(model)
    }

    @Test(arguments: backends) func cancellingTheTaskStopsTheGeneration(_ backend: Backend) async throws {
        let model = try await load(backend, contextLength: 1_000_000)
        let (first, report) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            for try await _ in model.generate("a", options: Self.endless) { report.yield() }
        }
        for await _ in first { break }
        task.cancel()
        _ = await task.result
        try await expectIdle(model)
    }

    /// With one sequence at a time the next waits for the end of the one before.
    private func expectIdle(_ model: LanguageModel) async throws {
        let start = ContinuousClock.now
        _ = try await model.score("a")
        // Far from an hour, and far above what a machine busy with other tests needs.
        #expect(ContinuousClock.now - start < .seconds(120))
    }

    @Test(arguments: backends) func contextLengths(_ backend: Backend) async throws {
        // The model was trained for 256 tokens.
        #expect(try await load(backend).contextLength == 256)
        #expect(try await load(backend, contextLength: 0).contextLength == 256)
        #expect(try await load(backend, contextLength: 300).contextLength == 300)
    }

    @Test func progressGoesOn() async throws {
        let recorder = Recorder()
        _ = try await load(.vulkan()) { recorder.note($0) }
        let all = recorder.all
        #expect(!all.isEmpty && zip(all, all.dropFirst()).allSatisfy { $0.loadedByteCount <= $1.loadedByteCount })
        #expect(all.allSatisfy { $0.loadedByteCount <= $0.totalByteCount })
    }

    @Test func loadingIsCancelled() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await load(.vulkan())
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func requestsThatDoNotFit() async throws {
        let model = try await load(.cpu, contextLength: 4)
        await #expect(throws: GenerationError.self) { try await model.score("Hello there") }
        await #expect(throws: GenerationError.self) { for try await _ in model.generate("Hello there") {} }
        await #expect(throws: GenerationError.self) { for try await _ in model.generate([9999]) {} }
        await #expect(throws: GenerationError.self) { for try await _ in model.generate([TokenID]()) {} }
        await #expect(throws: GenerationError.self) {
            let options = GenerationOptions(sampling: SamplingOptions(temperature: .nan))
            for try await _ in model.generate("a", options: options) {}
        }
        for contextLength in [-1, Int.min] {
            await #expect(throws: GenerationError.self) { try await load(.cpu, contextLength: contextLength) }
        }
    }

    @Test(arguments: backends) func contextBeyondTheMachine(_ backend: Backend) async throws {
        await #expect(throws: (any Error).self) { try await load(backend, contextLength: 1 << 40) }
    }
}

private struct Unexpected: Error {}

/// Collects progress from any thread.
// Safety: `values` is touched under the lock only.
private final class Recorder: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [LoadProgress] = []

    func note(_ progress: LoadProgress) { lock.withLock { values.append(progress) } }
    var all: [LoadProgress] { lock.withLock { values } }
}
