import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors
import Testing

/// How a 7B is cut into submissions, on an outline that nothing runs.
@Suite struct SubmissionTests {
    private static func work(_ shape: StepShape, rate: Double) throws -> (work: [Double], ranges: [Range<Int>]) {
        let c = ModelConfiguration.llama7B
        let device = try Device(.automatic, purpose: .compiling)
        device.submissionBudget = SubmissionBudget(rate: rate)
        let engine = try VulkanEngine(
            outlining: ModelTensors(c, matrices: .q4_0), configuration: c, device: device, contextLength: 2048,
            chunk: 512, keyCacheType: .f16, valueCacheType: .f16)
        let pass = try engine.pass(shape, depth: 512)
        let work = pass.operations.map { SubmissionBudget.work(of: $0.cost) }
        return (work, device.submissionBudget.cut(work))
    }

    private static let decoding = StepShape(decoding: 1, prompt: 0, wantedPrompt: 0, ending: .likeliest)
    private static let prompt = StepShape(decoding: 0, prompt: 512, wantedPrompt: 1, ending: .likeliest)

    @Test func aDecodingStepIsOneSubmission() throws {
        #expect(try Self.work(Self.decoding, rate: 150e9).ranges.count == 1)
    }

    @Test func aPromptIsAtMostForty() throws {
        let ranges = try Self.work(Self.prompt, rate: 1000e9).ranges
        #expect((2...40).contains(ranges.count), "\(ranges.count)")
    }

    /// Products that are too large for a slow device are cut.
    @Test func noneIsLong() throws {
        for shape in [Self.prompt, Self.decoding] {
            let (work, ranges) = try Self.work(shape, rate: 100e9)
            let longest = ranges.map { work[$0].reduce(0, +) }.max() ?? 0
            #expect(longest > 10e9 && longest <= 20e9, "\(longest)")
        }
    }
}
