package import LlamaradaDevice
import Synchronization

/// Devices that one test after the other uses, so that what many models run is compiled once: a CPU driver takes longer
/// to make the pipelines of a fixture than to run it.
package enum IdleDevices {
    // Safety: a device is either here or with the one who took it.
    private struct Idle: @unchecked Sendable { var devices: [Device] = [] }

    private static let idle = Mutex(Idle())

    /// A device that nobody else uses until it is given back.
    package static func take() throws -> Device { try idle.withLock { $0.devices.popLast() } ?? Device() }

    /// One on which something failed or is left is of no use to others.
    package static func giveBack(_ device: Device) {
        guard device.failure == nil, device.usedByteCount == 0 else { return }
        let given = Idle(devices: [device])
        idle.withLock { $0.devices += given.devices }
    }
}
