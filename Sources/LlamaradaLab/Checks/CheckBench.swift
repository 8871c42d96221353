package import Llamarada
package import LlamaradaDevice

/// A device set up to run checks one after another.
package final class CheckBench {
    package let device: Device
    let staging: StagingRing
    let tunings: [(name: String, tuning: KernelTuning)]
    private var memory: CheckMemory

    /// Opens nothing: runs on `device`, with narrow workgroups and with wide ones, the device's own first.
    package init(_ device: Device) throws(DeviceError) {
        self.device = device
        // Small slots, so that matrices of a few tiles already need several, also where weights are written in place.
        staging = StagingRing(device, slotByteCount: 1 << 16, writesInPlace: false)
        tunings = KernelTuning.named(device)
        memory = try CheckMemory(device, byteCount: 16 << 20)
    }

    /// Runs a case: one result a tuning.
    package func run(_ check: CheckCase) throws -> [CheckResult] {
        try run(check, tunings: check.dependsOnTuning ? tunings : Array(tunings.prefix(1)))
    }

    /// Runs a case with tunings that no device asks for by itself.
    package func run(_ check: CheckCase, tunings: [(name: String, tuning: KernelTuning)]) throws -> [CheckResult] {
        let trial = Trial(
            check, on: device, staging: staging, memory: try memory(for: check), tunings: tunings)
        try check.body(trial)
        return trial.measurements.map { tuning, measurement in
            CheckResult(
                check: check, tuning: tuning, measurement: measurement,
                failures: measurement.failures(beyond: check.bound))
        }
    }

    private func memory(for check: CheckCase) throws(DeviceError) -> CheckMemory {
        check.isLarge ? try CheckMemory(device, byteCount: 112 << 20) : memory
    }
}

/// Device memory for the buffers of a case, and host memory of the same layout on both sides of it.
struct CheckMemory {
    let device: View<UInt32>
    /// What goes up.
    let before: HostView<UInt32>
    /// What came back.
    let after: HostView<UInt32>

    init(_ device: Device, byteCount: Int) throws(DeviceError) {
        let count = byteCount / 4
        self.device = try device.allocate(UInt32.self, count: count, name: "check memory")
        before = try device.allocateHost(UInt32.self, count: count, name: "check inputs")
        after = try device.allocateHost(UInt32.self, count: count, name: "check outputs")
    }
}
