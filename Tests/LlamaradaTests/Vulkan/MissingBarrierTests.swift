import CVulkan
import Foundation
import Llamarada
import LlamaradaDevice
import TestSupport
import Testing

/// Proof that the validation layers are not deaf: a device whose barriers do nothing. With LLAMARADA_WITHOUT_BARRIERS=1
/// and synchronization validation on, this must bring SYNC-HAZARD messages; without the variable it does not run, so that
/// the other tests' silence counts.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LLAMARADA_WITHOUT_BARRIERS"] == "1"))
struct MissingBarrierTests {
    @Test func aPassWithoutBarriers() throws {
        let fixture = try ModelFixture.load("f32")
        let model = try VulkanModel.open(fixture) { table in
            table.vkCmdPipelineBarrier = { _, _, _, _, _, _, _, _, _, _ in }
        }
        _ = try model.forward(fixture.tokens, at: 0, logits: .last)
    }
}
