public import ArgumentParser
public import Llamarada
import LlamaradaDevice

/// `-dev`: which Vulkan device.
struct DeviceOption: ParsableArguments {
    @Option(
        name: [.customLong("dev", withSingleDash: true), .customLong("device")], parsing: .unconditional,
        help: .init(
            "The Vulkan device: its number in 'llamarada devices' or a part of its name. (default: the first usable one, discrete before integrated before CPU)",
            valueName: "device"))
    var device: String?

    var selection: DeviceSelection { DeviceSelection(device) }

    func validate() throws { try device.map(Self.check) }

    /// Refuses a name that would be a part of every name.
    static func check(_ device: String) throws {
        if device.isEmpty { throw ValidationError("-dev must be a device's number or a part of its name, not ''.") }
    }
}

/// The word after `--backend`.
enum BackendName: String, ExpressibleByArgument, CaseIterable {
    case vulkan, cpu
}

extension KVCacheType: ExpressibleByArgument {}
