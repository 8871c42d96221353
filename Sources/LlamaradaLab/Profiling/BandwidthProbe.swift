import Llamarada
package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Reads `data` once; `sink` needs a word for each of the workgroups, `bandwidthProbeGroups(data.count)`.
    package mutating func bandwidthProbe(_ data: View<SIMD4<UInt32>>, sink: View<UInt32>) {
        let groups = Self.bandwidthProbeGroups(data.count)
        precondition(sink.count >= groups, "BandwidthProbe: \(groups) workgroups, a sink of \(sink.count)")
        dispatch(
            BandwidthProbe(data: .read(data), sink: .write(sink)),
            push: .init(perGroup: UInt32(Self.bandwidthProbeWordsPerGroup), count: UInt32(data.count)),
            specialize: .init(lanes: UInt32(bandwidthProbeLanes)), over: .workgroups(groups),
            cost: Cost(flops: 0, bytesRead: 16 * data.count, bytesWritten: 4 * groups),
            shape: "\(16 * data.count) bytes")
    }

    /// Several subgroups on GPUs; one on CPU drivers, which run a workgroup's one after the other.
    private var bandwidthProbeLanes: Int {
        device.description.kind == "cpu"
            ? device.subgroupSize : max(device.subgroupSize, min(256, device.description.maxWorkgroupInvocations))
    }

    /// 16-byte words that one workgroup reads: 64 KiB, about a row tile of a 4-bit matrix.
    private static let bandwidthProbeWordsPerGroup = 4096

    package static func bandwidthProbeGroups(_ count: Int) -> Int {
        Grid.divideRoundingUp(count, bandwidthProbeWordsPerGroup)
    }
}
