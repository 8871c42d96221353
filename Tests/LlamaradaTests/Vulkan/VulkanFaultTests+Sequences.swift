import CVulkan
import Llamarada
import LlamaradaDevice
import TestSupport
import Testing

/// Faults while eight sequences run together.
extension VulkanFaultTests {
    private static let requests = Array(TestRequest.sixteen.prefix(8))

    /// A model on the tapped device.
    private static func model() async throws -> LanguageModel {
        let loader = try ModelLoader(path: TestRequest.path)
        let options = LoadOptions(backend: .cpu, contextLength: 128, sequences: 8, chunk: 64)
        return try await LanguageModel.load(TestRequest.path, options: options, throwingProgress: nil) { _ in
            try loader.vulkanEngine(options, on: Device(.automatic, patch: TappedVulkan.patch))
        }
    }

    /// What each request gave, all of them made at once: tokens, or an error.
    private static func answers(
        _ model: LanguageModel
    ) async -> [Result<TestRequest.Answer, any Error>] {
        await withTaskGroup(of: (Int, Result<TestRequest.Answer, any Error>).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    do { return (index, .success(try await request.answer(of: model))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<TestRequest.Answer, any Error>] = [:]
            for await (index, result) in group { results[index] = result }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Any call may fail at any time: whoever was under way ends with an error, and no answer is wrong.
    @Test(arguments: [VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_DEVICE_LOST])
    func anyCallMayFailWhileEightSequencesRun(result: VkResult) async throws {
        TappedVulkan.reset()
        let expected = try await Self.answers(Self.model()).map { try $0.get() }
        let before = TappedVulkan.seen.calls
        var reached = 0
        let places = Validation.isOn ? [2] : [0, 2, 13]
        for call in TappedVulkan.fallible where before[call] != nil {
            for skipped in places {
                TappedVulkan.reset()
                let model = try await Self.model()
                TappedVulkan.remember {
                    $0.failing = (call, $0.calls[call, default: 0] + 1 + skipped, result, false)
                }
                let answers = await Self.answers(model)
                guard TappedVulkan.seen.hasFailed else { break }
                reached += 1
                let failures = answers.count { if case .failure = $0 { true } else { false } }
                #expect(failures > 0, "\(call) after \(skipped)")
                for (answer, expected) in zip(answers, expected) {
                    switch answer {
                    case .success(let answer): #expect(answer == expected, "\(call) after \(skipped)")
                    case .failure(let error): #expect(error is DeviceError, "\(call) after \(skipped): \(error)")
                    }
                }
                // Where the device lives, the next request is answered, and the books are right.
                if result != VK_ERROR_DEVICE_LOST {
                    #expect(try await Self.requests[4].answer(of: model) == expected[4], "\(call) after \(skipped)")
                    let state = await model.cacheState()
                    #expect(state.problems == [] && state.owned == 0 && state.reserved == 0, "\(call) \(skipped)")
                }
                await model.unload()
            }
        }
        // Submitting, waiting and recording at least.
        #expect(reached > 3 * places.count, "\(reached)")
        // The next load works.
        TappedVulkan.reset()
        #expect(try await Self.answers(Self.model()).map { try $0.get() } == expected)
    }

    @Test func droppedWorkIsNobodysAnswer() async throws {
        TappedVulkan.reset()
        let expected = try await Self.answers(Self.model()).map { try $0.get() }
        for skipped in [0, 2, 9] {
            TappedVulkan.reset()
            let model = try await Self.model()
            TappedVulkan.dropSubmissions(1, after: skipped)
            let answers = await Self.answers(model)
            #expect(answers.contains { if case .failure = $0 { true } else { false } })
            for (answer, expected) in zip(answers, expected) {
                if case .success(let answer) = answer { #expect(answer == expected) }
            }
            await model.unload()
        }
    }
}
