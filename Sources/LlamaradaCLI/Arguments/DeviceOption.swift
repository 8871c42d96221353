public import ArgumentParser
public import Llamarada
import LlamaradaDevice

/// `-dev`: which Vulkan device.
struct DeviceOption: ParsableArguments {
    @Option(
        name: [.customLong("dev", withSingleDash: true), .customLong("device")], parsing: .unconditional,
        help: .init(
            "The Vulkan device: its number or UUID in 'llamarada devices', or a part of its name. (default: the one that 'llamarada devices' calls chosen, discrete before integrated before virtual before CPU)",
            valueName: "device"))
    var device: String?

    var selection: DeviceSelection { DeviceSelection(device) }

    func validate() throws { try device.map(Self.check) }

    /// Refuses a name that would be a part of every name.
    static func check(_ device: String) throws {
        if device.isEmpty {
            throw ValidationError("-dev must be a device's number, its UUID or a part of its name, not ''.")
        }
    }
}

/// The word after `--backend`.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
    case vulkan, cpu
}

extension KVCacheType: ExpressibleByArgument {}
