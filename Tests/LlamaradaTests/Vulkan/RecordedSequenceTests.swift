import Llamarada
import LlamaradaDevice
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
        #expect(many > 20)
        model.device.submissionBudget = SubmissionBudget(rate: 1e15)
        let fast = model.device.activity
        _ = try model.forward([2], at: position, logits: .none)
        #expect((model.device.activity - fast).submissions == 1)
        #expect((model.device.activity - fast).recordings == 1)
    }
}
