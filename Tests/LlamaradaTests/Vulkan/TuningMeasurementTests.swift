import CVulkan
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
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

    /// However fast a variant is, it is taken only if its bits are the first's: here any time is fast enough.
    @Test(arguments: [ElementType.q4_0, .q4_K]) func otherBitsAreRefused(type: ElementType) throws {
        let device = try Device()
        let measurement = TuningMeasurement(device, rows: 256, columns: 512, gain: .infinity)
        let own = KernelTuning.narrow(device)
        var sameBits = own
        sameBits.vectorRowsPerLane = 2
        sameBits.longStepRowsPerLane = 2
        #expect(try measurement.fastest(of: [own, sameBits], type) == sameBits)
        var otherSums = own
        (otherSums.vectorSplits, otherSums.mostVectorSplits) = (4, 4)
        #expect(try measurement.fastest(of: [own, otherSums], type) == own)
        #expect(try measurement.fastest(of: [otherSums, own], type) == otherSums)
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
        [], [2], [1, 0, 1, 1], [2, 2, 1, 1], [2, 0, 0, 1], [2, 0, 3, 1], [2, 0, 1, 255], [2, 0, 1, 1, 1],
    ])
    func otherBytesAreNone(bytes: [UInt8]) {
        #expect(MeasuredTuning(bytes: bytes) == nil)
    }
}
