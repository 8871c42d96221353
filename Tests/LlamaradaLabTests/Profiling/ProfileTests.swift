import CVulkan
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors
import TestSupport
import Testing

/// Profiles of a tiny model on the device.
@Suite(.serialized) struct ProfileTests {
    private static func model(chunk: Int = 512) throws -> VulkanTransformer {
        let file = try ModelFixture.load("q4_1").open()
        return try VulkanTransformer(
            file: file, configuration: ModelConfiguration(gguf: file), device: Device(), contextLength: 64, chunk: chunk
        )
    }

    private static func profile(depth: Int = 3, prompt: Int = 21, decoded: Int = 5, chunk: Int = 8) throws -> Profile {
        let model = try model(chunk: chunk)
        let tokens = SyntheticTokens.list(prompt, vocabularySize: model.configuration.vocabularySize)
        return try TimedTransformer(model).profile(
            .init(depth: depth, prompt: tokens, decoded: decoded, overheadPairs: 2))
    }

    @Test func kernelsAndGapsAreTheSpanOfTheDevice() throws {
        let profile = try Self.profile()
        #expect(profile.measurements.map(\.mode) == [.overlapped, .serialized])
        for measurement in profile.measurements {
            for step in measurement.steps {
                let spans = step.spans
                // Every operation in one span, in order.
                #expect(spans.flatMap { Array($0.operations) } == Array(step.operations.indices))
                #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.end <= $1.start })
                if measurement.mode == .serialized { #expect(spans.allSatisfy { $0.operations.count == 1 }) }
                // The device works between submission and the end of the wait: two clocks, so with some grace.
                if step.isCalibrated, let first = spans.first, let last = spans.last {
                    #expect(first.start > step.host.recordEnd - 50_000 && last.end < step.host.waitEnd + 50_000)
                }
            }
            for phase in TimedStep.Phase.allCases {
                let total = ProfileAggregate(measurement.steps(of: phase))
                #expect(abs(total.kernelTime + total.gaps.total - total.span) <= 0.01 * total.span)
                #expect(total.kernelTime > 0 && total.gaps.total >= 0 && total.span <= total.host.total + 100_000)
                #expect(abs(total.rows.reduce(0) { $0 + $1.total } - total.kernelTime) < 1)
                #expect(abs(total.groups.reduce(0) { $0 + $1.total } - total.kernelTime) < 1)
            }
        }
    }

    @Test func phasesHaveTheirPasses() throws {
        let profile = try Self.profile()
        let serialized = try #require(profile.measurements.last)
        #expect(serialized.steps(of: .prompt).map(\.tokens) == [8, 8, 5])
        #expect(serialized.steps(of: .prompt).map(\.position) == [3, 11, 19])
        #expect(serialized.steps(of: .decode).map(\.position) == [24, 25, 26, 27, 28])
        #expect(profile.overheads.map(\.ratios.count) == [2, 2])
        let places = ProfileAggregate(serialized.steps(of: .decode)).groups.map(\.scope)
        #expect(places == ["embedding", "layer 0", "layer 1", "head"])
        let attention = ProfileAggregate(serialized.steps(of: .decode)).rows.filter { $0.kernel.hasPrefix("Attention") }
        #expect(attention.map(\.depths) == [25...29])
    }

    @Test func profilingChangesNoToken() throws {
        let profile = try Self.profile(decoded: 12)
        let model = try Self.model()
        var expected = [Int32]()
        _ = try model.greedy(after: SyntheticTokens.list(3, vocabularySize: model.configuration.vocabularySize), at: 0)
        expected.append(try model.greedy(after: profile.request.prompt, at: 3))
        while expected.count < 13 {
            expected.append(try model.greedy(after: expected.suffix(1), at: 24 + expected.count - 1))
        }
        #expect(profile.plain.tokens == expected)
        for measurement in profile.measurements { #expect(measurement.steps.compactMap(\.chosen) == expected) }
    }

    @Test func oneTokenIsAPromptWhereItIsAskedAsOne() throws {
        let profile = try Self.profile(depth: 0, prompt: 1, decoded: 0)
        #expect(profile.phases == [.prompt])
        #expect(try Self.profile(depth: 0, prompt: 0, decoded: 2).phases == [.decode])
    }

    @Test func withoutTimestampsNothingIsProfiled() throws {
        let device = try Device(.automatic) { table in
            table.vkGetPhysicalDeviceQueueFamilyProperties = { _, count, families in
                count?.pointee = 1
                guard let families else { return }
                families.pointee = VkQueueFamilyProperties()
                families.pointee.queueFlags = VK_QUEUE_COMPUTE_BIT.rawValue
                families.pointee.queueCount = 1
            }
        }
        #expect(!device.hasTimestamps)
        let error = #expect(throws: DeviceError.self) { try device.requireTimestamps() }
        #expect(error?.code == .unsupported && error?.problem.contains("no timestamps") == true)
        // The peaks need none.
        #expect(try DevicePeaks(device).readBandwidth > 0)
    }
}
