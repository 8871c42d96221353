package import LlamaradaDevice
package import LlamaradaLab

/// What a device was measured to do at best.
package struct PeaksReport {
    let device: DeviceDescription
    let peaks: DevicePeaks
    /// Operations a second of units that the device has besides its f32 arithmetic.
    let units: [ArithmeticUnit: Double]

    package init(device: DeviceDescription, peaks: DevicePeaks, units: [ArithmeticUnit: Double] = [:]) {
        self.device = device
        self.peaks = peaks
        self.units = units
    }

    /// The device, and a line a peak.
    package var text: String {
        "\(device.name) (\(device.driver) \(device.driverInfo))\n" + Self.table.lines(self)
    }

    /// The one row in a format for programs.
    package func text(as format: TableFormat) -> String {
        var stream = TableStream(Self.table, format: format, name: "device_peaks")
        return stream.add(self) + stream.end
    }

    private static let table = Table<PeaksReport>([
        Column(key: "gpu_info") { .text($0.device.name) },
        Column(key: "driver_info") { .text("\($0.device.driver) \($0.device.driverInfo)") },
        Column("measured read bandwidth", key: "peak_read_bytes_per_second") {
            .number($0.peaks.readBandwidth, NumberStyle { "\(HumanUnits.fixed($0 / 1e9, digits: 1)) GB/s" })
        },
        Column("measured f32 arithmetic", key: "peak_flops") {
            .number($0.peaks.flops, NumberStyle { "\(HumanUnits.fixed($0 / 1e9, digits: 1)) GFLOP/s" })
        },
        Column("measured f16 arithmetic", key: "peak_f16_flops") {
            .number(
                orMissing: $0.units[.f16], NumberStyle { "\(HumanUnits.fixed($0 / 1e9, digits: 1)) GFLOP/s" })
        },
        Column("measured dot products of bytes", key: "peak_dot8_ops") {
            .number(
                orMissing: $0.units[.dot8], NumberStyle { "\(HumanUnits.fixed($0 / 1e9, digits: 1)) GOP/s" })
        },
        Column("measured bus bandwidth", key: "peak_bus_bytes_per_second") {
            .number(
                orMissing: $0.peaks.busBandwidth, NumberStyle { "\(HumanUnits.fixed($0 / 1e9, digits: 1)) GB/s" })
        },
    ])
}
