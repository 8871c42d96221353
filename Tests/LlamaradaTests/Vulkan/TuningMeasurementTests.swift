import CVulkan
import Llamarada
import LlamaradaDevice
import Testing

@Suite struct TuningMeasurementTests {
    /// What is measured is among the variants, and serves the device from then on.
    @Test func choosesAVariant() throws {
        let device = try Device()
        let own = KernelTuning(device)
        let found = try #require(try TuningMeasurement(device, rows: 256, columns: 512).run())
        #expect(
            [own.vectorRowsPerLane / 2, own.vectorRowsPerLane, 2 * own.vectorRowsPerLane].contains(
                found.vectorRowsPerLane))
        let tuned = found.applied(to: own)
        device.tuningOverride = tuned
        #expect(KernelTuning(device) == tuned)
    }

    @Test func noRoomIsNoError() throws {
        let device = try Device(
            .automatic, patch: { $0.vkAllocateMemory = { _, _, _, _ in VK_ERROR_OUT_OF_DEVICE_MEMORY } })
        #expect(try TuningMeasurement(device, rows: 256, columns: 512).run() == nil)
    }

    @Test(arguments: [false, true], [1, 2, 4, 8]) func isKeptInBytes(texels: Bool, rows: Int) throws {
        var tuning = MeasuredTuning(KernelTuning(try Device()))
        tuning.fetchesTexels = texels
        tuning.vectorRowsPerLane = rows
        tuning.longStepRowsPerLane = 9 - rows == 8 ? 8 : 1
        #expect(MeasuredTuning(bytes: tuning.bytes) == tuning)
    }

    @Test(arguments: [
        [], [1], [2, 0, 1, 1], [1, 2, 1, 1], [1, 0, 0, 1], [1, 0, 3, 1], [1, 0, 1, 255], [1, 0, 1, 1, 1],
    ])
    func otherBytesAreNone(bytes: [UInt8]) {
        #expect(MeasuredTuning(bytes: bytes) == nil)
    }
}
