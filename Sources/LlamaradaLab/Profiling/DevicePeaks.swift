import Llamarada
package import LlamaradaDevice

/// What a device was measured to do at best, with kernels that do nothing else: the roof of a roofline.
package struct DevicePeaks: Sendable, Equatable {
    /// Bytes a second that shaders read from device memory.
    package var readBandwidth: Double
    /// f32 operations a second, a multiply-add counted as two.
    package var flops: Double
    /// Bytes a second that shaders read from the host's memory, across the bus; nil where all memory is the device's.
    package var busBandwidth: Double?

    /// Measures them, in about a second; the best of several runs, since a peak is what was reached once.
    package init(_ device: Device) throws {
        readBandwidth = try Self.bandwidth(device, .device, most: Self.probeByteCount(device.description))
        flops = try Self.arithmetic(device, .f32)
        // Slower, so less of it; no cache of a device's is known to hold what is the host's.
        let hasBus = device.description.heaps.contains { $0.use == .host }
        busBandwidth = hasBus ? try Self.bandwidth(device, .host, most: 32 << 20) : nil
    }

    package init(readBandwidth: Double, flops: Double, busBandwidth: Double? = nil) {
        self.readBandwidth = readBandwidth
        self.flops = flops
        self.busBandwidth = busBandwidth
    }

    /// At least so many runs, and so many nanoseconds: a GPU that idled takes a while to raise its clocks.
    private static let runs = 5
    private static let time = 0.3e9

    /// A gibibyte where a heap of the device has four times that free: caches of up to 100 MiB then hold a tenth of it at
    /// most. Else, and on CPU drivers, 128 MiB, which is within the smallest binding.
    private static func probeByteCount(_ device: DeviceDescription) -> Int {
        let free = device.heaps.filter { $0.use == .device }.map { $0.availableByteCount ?? $0.byteCount }.max() ?? 0
        return device.kind != "cpu" && free >= 4 << 30 ? 1 << 30 : 128 << 20
    }

    /// - Parameter most: bytes to read, if a binding may have so many.
    private static func bandwidth(_ device: Device, _ placement: Buffer.Placement, most: Int) throws -> Double {
        let byteCount = min(device.description.maxStorageBufferRange, most)
        let data = try device.allocate(
            SIMD4<UInt32>.self, count: byteCount / 16, name: "bandwidth probe", in: placement)
        let sink = try device.allocate(
            UInt32.self, count: Pass.bandwidthProbeGroups(data.count), name: "bandwidth probe's sink")
        // Memory that was never written may be one page of zeros behind many addresses: write it once.
        let floats = data.bound(to: Float.self)
        var fill = Pass(device)
        fill.add(floats, floats, into: floats)
        try device.run(fill)
        let seconds = try best(device, of: 4) { $0.bandwidthProbe(data, sink: sink) }
        return Double(byteCount) / seconds
    }

    /// Operations a second of a unit that the device has.
    package static func arithmetic(_ device: Device, _ unit: ArithmeticUnit) throws -> Double {
        let isCPU = device.description.kind == "cpu"
        let sink = try device.allocate(Float.self, count: isCPU ? 1 << 14 : 1 << 20, name: "arithmetic probe's sink")
        let rounds = 512
        let seconds = try best(device, of: 4) { $0.arithmeticProbe(unit, rounds: rounds, sink: sink) }
        return 8 * Double(unit.operations * rounds * sink.count) / seconds
    }

    /// The shortest time of one probe, by the device's clock where it has one: `count` in a pass, since a device raises its
    /// clock under load, each behind a barrier by what it writes, and some passes after one that is not counted.
    private static func best(_ device: Device, of count: Int, _ build: (inout Pass) -> Void) throws -> Double {
        var pass = Pass(device)
        pass.scope = "a probe"
        for _ in 0..<count { build(&pass) }
        let timing: TimingMode? = device.hasTimestamps ? .serialized : nil
        let sequence = try CommandSequence(pass, timing: timing)
        var best = Double.infinity
        var run = 0
        let begin = MonotonicClock.nanoseconds()
        while run <= runs || MonotonicClock.nanoseconds() - begin < time {
            let start = MonotonicClock.nanoseconds()
            try sequence.run()
            let host = (MonotonicClock.nanoseconds() - start) / Double(count)
            let shortest = try sequence.timings().spans.map(\.nanoseconds).filter { $0 > 0 }.min()
            if run > 0 { best = min(best, shortest ?? host) }
            run += 1
        }
        return best / 1e9
    }

    /// The better of two measurements.
    package func best(with other: DevicePeaks) -> DevicePeaks {
        DevicePeaks(
            readBandwidth: max(readBandwidth, other.readBandwidth), flops: max(flops, other.flops),
            busBandwidth: [busBandwidth, other.busBandwidth].compactMap { $0 }.max())
    }
}
