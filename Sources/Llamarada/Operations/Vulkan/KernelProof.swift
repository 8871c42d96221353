import LlamaradaDevice
import Synchronization

/// Whether kernels of a kind give on a device what they should. Drivers on which matrix units or dot products do not are what
/// users of GPUs complain about most: nothing goes through them before some results were right, on the same device.
package enum KernelProof: UInt8, Sendable {
    /// The device or this build has no such kernels.
    case absent = 0
    /// Their results are right.
    case proven = 1
    /// Their results are wrong, or the driver failed over them.
    case wrong = 2
    /// Nobody has looked yet.
    case untested = 3

    /// What is known without running anything.
    ///
    /// - Parameters:
    ///   - kind: names the kernels in what is kept beside the pipelines of a driver.
    ///   - version: of the kernels; others take another.
    static func known(_ kind: String, version: UInt8, of device: Device) -> KernelProof {
        let bytes = PipelineCacheFile(notes: kind, of: device.description)?.read() ?? []
        guard bytes.count == 2, bytes[0] == version else { return .untested }
        // Who began twice and came to no end did not only meet another who had just begun, or was killed once.
        if bytes[1] == begunTwice { return .wrong }
        guard let found = KernelProof(rawValue: bytes[1]), found == .proven || found == .wrong else { return .untested }
        return found
    }

    /// What is kept while a proof runs for the first time, and for the second.
    private static let (begun, begunTwice): (UInt8, UInt8) = (4, 5)
    /// Proofs of one process come one after the other.
    private static let turn = Mutex(())

    /// Looks whether results agree, and keeps what is found.
    static func look(
        _ kind: String, version: UInt8, on device: Device, _ agree: (Device) throws -> Bool
    ) throws -> KernelProof {
        try turn.withLock { _ in
            let known = known(kind, version: version, of: device)
            return known == .untested ? try lookNow(kind, version: version, on: device, agree) : known
        }
    }

    private static func lookNow(
        _ kind: String, version: UInt8, on device: Device, _ agree: (Device) throws -> Bool
    ) throws -> KernelProof {
        let notes = PipelineCacheFile(notes: kind, of: device.description)
        // A driver that hangs, crashes or loses the device over them is asked twice and not again.
        notes?.write([version, notes?.read() == [version, begun] ? begunTwice : begun])
        do {
            let found: KernelProof = try agree(device) ? .proven : .wrong
            notes?.write([version, found.rawValue])
            return found
        } catch let error as DeviceError where [.unsupported, .failed].contains(error.code) {
            notes?.write([version, KernelProof.wrong.rawValue])
            return .wrong
        } catch let error as DeviceError where error.code == .outOfMemory {
            // Says nothing of them.
            notes?.write([version, KernelProof.untested.rawValue])
            return .untested
        }
    }
}
