import CVulkan
import Foundation
import Llamarada
import LlamaradaDevice
import Synchronization
import TestSupport
import Testing

/// Proof that each kind of barrier is needed, and that the validation layer is not deaf: devices on which barriers of one
/// kind do nothing. With LLAMARADA_WITHOUT_BARRIERS=1 and synchronization validation on, of submissions too, each must
/// bring SYNC-HAZARD messages; without the variable it does not run, so that the other tests' silence counts.
///
/// The last barrier of a command buffer, which shows the host what was copied, is not among them: the layer follows no
/// accesses of the host. Nor is the one before the canary, which orders a copy that touches nothing else.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["LLAMARADA_WITHOUT_BARRIERS"] == "1"))
struct MissingBarrierTests {
    enum Kind: String, CaseIterable {
        case opening, shaderToShader, shaderToTransfer, transferToShader

        /// Whether a barrier inside a command buffer is of this kind.
        func covers(_ source: VkPipelineStageFlags, _ target: VkPipelineStageFlags) -> Bool {
            let shader = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue
            let transfer = VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue
            return switch self {
            case .opening: false
            case .shaderToShader: source & shader != 0 && target & shader != 0
            case .shaderToTransfer: source & shader != 0 && target & transfer != 0
            case .transferToShader: source & transfer != 0 && target & shader != 0
            }
        }
    }

    /// The functions of a table are C functions, so what they share is global, and the suite serialized.
    private struct State {
        var kind: Kind?
        /// Command buffers of which no barrier was seen yet.
        var fresh: Set<UInt> = []
        var dropped = 0
        var hazards = 0
        /// What the layer said first.
        var message = ""
    }

    private static let state = Mutex(State())
    // Safety: written while a device is opened, by tests that run one after the other.
    private nonisolated(unsafe) static var real = LlamaradaVulkan()

    private static func mustDrop(
        _ commands: VkCommandBuffer?, _ source: VkPipelineStageFlags, _ target: VkPipelineStageFlags
    ) -> Bool {
        let key = UInt(bitPattern: commands)
        return state.withLock { state in
            let isOpening = state.fresh.remove(key) != nil
            let drops = isOpening ? state.kind == .opening : state.kind?.covers(source, target) == true
            if drops { state.dropped += 1 }
            return drops
        }
    }

    private static func begin(_ commands: VkCommandBuffer?) {
        let key = UInt(bitPattern: commands)
        state.withLock { _ = $0.fresh.insert(key) }
    }

    private static func hear(_ message: String) {
        guard message.contains("SYNC-HAZARD") else { return }
        state.withLock { state in
            if state.hazards == 0 { state.message = message }
            state.hazards += 1
        }
    }

    private static func patch(_ table: inout LlamaradaVulkan) {
        // The table is patched each time it was filled: the loader's functions, the instance's, the device's.
        let messenger = real.vkCreateDebugUtilsMessengerEXT
        real = table
        if table.vkCmdPipelineBarrier != nil { real.vkCreateDebugUtilsMessengerEXT = messenger }
        table.vkCreateDebugUtilsMessengerEXT = { instance, info, allocator, out in
            guard var info = info?.pointee else { return VK_ERROR_UNKNOWN }
            info.pfnUserCallback = { _, _, data, _ in
                if let text = data?.pointee.pMessage { MissingBarrierTests.hear(String(cString: text)) }
                return VkBool32(VK_FALSE)
            }
            return MissingBarrierTests.real.vkCreateDebugUtilsMessengerEXT?(instance, &info, allocator, out)
                ?? VK_ERROR_EXTENSION_NOT_PRESENT
        }
        guard table.vkCmdPipelineBarrier != nil else { return }
        table.vkBeginCommandBuffer = { commands, info in
            MissingBarrierTests.begin(commands)
            return MissingBarrierTests.real.vkBeginCommandBuffer(commands, info)
        }
        table.vkCmdPipelineBarrier = { commands, source, target, flags, a, b, c, d, e, f in
            if MissingBarrierTests.mustDrop(commands, source, target) { return }
            MissingBarrierTests.real.vkCmdPipelineBarrier(commands, source, target, flags, a, b, c, d, e, f)
        }
    }

    private func hazards(without kind: Kind?, isCut: Bool = false) throws -> (dropped: Int, hazards: Int) {
        Self.state.withLock { $0 = State(kind: kind) }
        let fixture = try ModelFixture.load("f32")
        let model = try VulkanModel.open(fixture, patch: Self.patch)
        // Submissions are ordered by their opening barriers, unless a fence was waited for in between: here each operation
        // is a submission, and the wait comes at the end.
        if kind == .opening || isCut { model.device.submissionBudget = SubmissionBudget(rate: 1) }
        for _ in 0..<2 { _ = try model.forward(fixture.tokens, at: 0, logits: .last) }
        _ = try model.greedy(after: [1], at: fixture.tokens.count)
        return Self.state.withLock { ($0.dropped, $0.hazards) }
    }

    @Test(arguments: Kind.allCases) func eachKindIsNeeded(_ kind: Kind) throws {
        let found = try hazards(without: kind)
        #expect(found.dropped > 0 && found.hazards > 0, "\(kind): \(found)")
        print("without \(kind): \(Self.state.withLock { $0.message })")
    }

    /// A step that is begun behind another, with no fence between.
    private func hazardsOfTwoSteps(without kind: Kind?) throws -> (dropped: Int, hazards: Int) {
        Self.state.withLock { $0 = State(kind: kind) }
        let fixture = try ModelFixture.load("f32")
        let engine = try VulkanModel.open(fixture, patch: Self.patch).engine
        // Only what these two steps are told.
        Self.state.withLock { $0.hazards = 0 }
        let first = try engine.begin(Step(decoding: [Step.Row(1, at: 0, slot: 0, output: .likeliest)]))
        let second = try engine.begin(Step(decoding: [Step.Row(.chosen(row: 0), at: 1, slot: 0, output: .likeliest)]))
        _ = try first.finish()
        _ = try second.finish()
        return Self.state.withLock { ($0.dropped, $0.hazards) }
    }

    @Test func stepsUnderWayAreOrdered() throws {
        #expect(try hazardsOfTwoSteps(without: nil) == (0, 0))
        // Such a step's last shader is ordered before its canary's copy, and so before the copy that the next one begins
        // with: without opening barriers nothing is missed here, without those others much is.
        #expect(try hazardsOfTwoSteps(without: .shaderToTransfer).hazards > 0)
    }

    @Test func allTogetherSuffice() throws {
        #expect(try hazards(without: nil) == (0, 0))
        #expect(try hazards(without: nil, isCut: true) == (0, 0))
    }
}
