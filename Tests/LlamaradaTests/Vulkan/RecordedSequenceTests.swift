import Llamarada
import LlamaradaDevice
import LlamaradaText
import TestSupport
import Testing

/// Commands are recorded once and replayed, whatever changes from step to step.
@Suite struct RecordedSequenceTests {
    private static func model() throws -> (VulkanTransformer, position: Int) {
        let fixture = try ModelFixture.load("f32")
        let model = try VulkanModel.open(fixture)
        _ = try model.forward(fixture.tokens, at: 0, logits: .last)
        return (model, fixture.tokens.count)
    }

    /// Temperatures, seeds and recent tokens lie in buffers, and so do tokens, positions and pages.
    @Test func nothingThatChangesIsRecorded() throws {
        let file = try ModelFixture.load("f32").open()
        let engine = try VulkanEngine(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64, slots: 3)
        func step(_ index: Int) throws {
            for slot in 0..<3 { engine.setPages([(slot + index) % 6, 5 - slot], ofSlot: slot) }
            let rows = (0..<3).map { slot in
                let options = SamplingOptions(temperature: 0.1 * Float(1 + index), repeatPenalty: 1.1)
                return Step.Row(
                    TokenID(1 + index), at: index, slot: slot,
                    output: .sampled(
                        SamplerRow(options, uniform: 0.5), changes: [LogitChange(UInt32(index), isRepeated: true)]))
            }
            let prompt = [Step.Row(1, at: index, slot: 0), Step.Row(2, at: index + 1, slot: 0, output: .likeliest)]
            _ = try engine.run(Step(decoding: rows))
            _ = try engine.run(Step(decoding: [rows[1], rows[2]], prompt: prompt))
        }
        try step(0)
        let before = engine.device.activity
        for index in 1..<20 { try step(index) }
        #expect((engine.device.activity - before).recordings == 0)
        // Two steps, and the page tables where they changed.
        #expect((engine.device.activity - before).submissions == 19 * 3)
    }

    @Test func aContextThatOverflowsIsAnError() throws {
        let file = try ModelFixture.load("f32").open()
        let error = try #require(throws: DeviceError.self) { _ = try VulkanModel.open(file, contextLength: .max) }
        #expect(error.code == .outOfMemory)
    }

    @Test func oddChunksDoNotEvictDecoding() throws {
        let (model, position) = try Self.model()
        _ = try model.greedy(after: [1], at: position)
        for count in 2...12 {
            _ = try model.forward([Int32](repeating: 1, count: count), at: position, logits: .none)
        }
        let before = model.device.activity.recordings
        _ = try model.greedy(after: [1], at: position)
        #expect(model.device.activity.recordings == before)
    }

    @Test func aFasterDeviceThanThoughtGetsFewerSubmissions() throws {
        let (model, position) = try Self.model()
        // So slow that every operation is a submission of its own.
        model.device.submissionBudget = SubmissionBudget(rate: 1)
        let slow = model.device.activity
        _ = try model.forward([2], at: position, logits: .none)
        let many = (model.device.activity - slow).submissions
        #expect(many > 8)
        model.device.submissionBudget = SubmissionBudget(rate: 1e15)
        let fast = model.device.activity
        _ = try model.forward([2], at: position, logits: .none)
        #expect((model.device.activity - fast).submissions == 1)
        #expect((model.device.activity - fast).recordings == 1)
    }
}
