import Llamarada
package import LlamaradaDevice

/// Where work stands under a device's two roofs: the bytes it can read and the operations it can do in a second
/// (Williams, Waterman and Patterson 2009, doi 10.1145/1498765.1498785).
package struct Roofline: Sendable {
    /// What bounds work of some arithmetic intensity.
    package enum Roof: String, Sendable { case bandwidth, arithmetic }

    /// Some work of known cost and time under the roofs.
    package struct Placement: Sendable, Equatable {
        /// Operations a byte; nil where no bytes are declared.
        package var intensity: Double?
        /// Bytes a second.
        package var bandwidth: Double
        /// Operations a second.
        package var flops: Double
        package var roof: Roof
        /// The part of the roof that was reached; above 1 where caches are faster than the memory that was measured.
        package var share: Double
    }

    package let peaks: DevicePeaks

    package init(_ peaks: DevicePeaks) { self.peaks = peaks }

    /// The intensity at which both roofs are equal.
    package var ridge: Double { peaks.flops / peaks.readBandwidth }

    package func place(_ cost: Cost, nanoseconds: Double) -> Placement {
        let seconds = nanoseconds / 1e9
        let (bandwidth, flops) =
            seconds > 0 ? (Double(cost.bytes) / seconds, Double(cost.flops) / seconds) : (0, 0)
        let intensity = cost.bytes > 0 ? Double(cost.flops) / Double(cost.bytes) : nil
        let roof: Roof = (intensity ?? .infinity) < ridge ? .bandwidth : .arithmetic
        return Placement(
            intensity: intensity, bandwidth: bandwidth, flops: flops, roof: roof,
            share: roof == .bandwidth ? bandwidth / peaks.readBandwidth : flops / peaks.flops)
    }
}
