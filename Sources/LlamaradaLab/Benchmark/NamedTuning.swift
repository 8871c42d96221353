package import Llamarada
package import LlamaradaDevice

extension KernelTuning {
    /// The device's own tiles and splits, and those for CPUs and for GPUs where they are others, with their names.
    package static func named(_ device: Device) -> [(name: String, tuning: KernelTuning)] {
        let own = KernelTuning(device)
        let all: [(name: String, tuning: KernelTuning)] = [("narrow", .narrow(device)), ("wide", .wide(device))]
        let known = all.filter { $0.tuning == own }
        return (known.isEmpty ? [("own", own)] : known) + all.filter { $0.tuning != own }
    }
}
