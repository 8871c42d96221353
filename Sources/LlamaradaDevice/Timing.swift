import CVulkan
import LlamaradaErrors

/// How a pass is timed on the device's clock.
package enum TimingMode: String, Sendable {
    /// As it runs: dispatches that no barrier separates overlap, and are timed together.
    case overlapped
    /// One dispatch at a time, each behind a barrier: every kernel's own time, and a slower whole.
    case serialized
}

/// When some of a pass's operations ran, in nanoseconds.
package struct TimedSpan: Sendable, Equatable {
    /// Indices into the pass's operations.
    package var operations: Range<Int>
    /// On the host's monotonic clock where the device can tell, else from the first span on.
    package var start: Double
    package var end: Double

    package var nanoseconds: Double { end - start }

    package init(operations: Range<Int>, start: Double, end: Double) {
        self.operations = operations
        self.start = start
        self.end = end
    }
}

extension TimedSpan {
    /// Refuses times that no clock can have given: spans in the order of execution neither end before they start nor
    /// start before the one before has ended.
    ///
    /// - Throws: `DeviceError` with code `.failed`.
    package static func checkOrder(_ spans: [TimedSpan]) throws(DeviceError) {
        var last = -Double.infinity
        for span in spans {
            let backwards = max(last - span.start, span.start - span.end)
            if backwards > 0 || span.start.isNaN || span.end.isNaN {
                throw DeviceError(
                    .failed,
                    "The device's clock went backwards by \(backwards) ns at operation \(span.operations.lowerBound) of a pass: this driver's timestamps cannot be trusted, so nothing is reported from them"
                )
            }
            last = span.end
        }
    }
}

/// What the timestamps of one run say.
package struct Timings: Sendable {
    /// In the order of execution, each operation in one.
    package var spans: [TimedSpan]
    /// Whether the spans are on the host's monotonic clock; else they count from the first one's start.
    package var isCalibrated: Bool

    package init(spans: [TimedSpan], isCalibrated: Bool) {
        self.spans = spans
        self.isCalibrated = isCalibrated
    }
}

/// Timestamps around the operations of one command sequence.
final class TimestampPool {
    let mode: TimingMode
    private let device: Device
    private let pool: VkQueryPool
    /// Span i has the queries 2i and 2i + 1.
    private(set) var spans: [Range<Int>] = []

    init(_ device: Device, mode: TimingMode, operationCount: Int) throws(DeviceError) {
        try device.requireTimestamps()
        self.device = device
        self.mode = mode
        var info = VkQueryPoolCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO
        info.queryType = VK_QUERY_TYPE_TIMESTAMP
        info.queryCount = UInt32(2 * max(1, operationCount))
        var pool: VkQueryPool?
        try check(device.functions.vkCreateQueryPool(device.handle, &info, nil, &pool), "vkCreateQueryPool")
        guard let pool else { throw DeviceError(.failed, "vkCreateQueryPool gave no pool") }
        self.pool = pool
    }

    deinit {
        guard !device.isStuck else { return }
        device.functions.vkDestroyQueryPool(device.handle, pool, nil)
    }

    /// Commands that a command buffer starts with: queries must be reset before each use. Resets one pair for each
    /// operation still to come, since spans hold at least one.
    func reset(_ commands: VkCommandBuffer, operations: Range<Int>) {
        device.functions.vkCmdResetQueryPool(commands, pool, UInt32(2 * spans.count), UInt32(2 * operations.count))
    }

    /// Starts a span.
    func begin(_ commands: VkCommandBuffer) { write(commands, query: 2 * spans.count) }

    /// Ends the span, which holds `operations`.
    func end(_ commands: VkCommandBuffer, _ operations: Range<Int>) {
        write(commands, query: 2 * spans.count + 1)
        spans.append(operations)
    }

    /// Bottom of pipe at both ends: a span starts when all before it is done.
    private func write(_ commands: VkCommandBuffer, query: Int) {
        device.functions.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool, UInt32(query))
    }

    /// The spans of the last run, which must have ended: then every query is available, and waiting for one that is not
    /// could take for ever.
    func read() throws(DeviceError) -> Timings {
        guard !spans.isEmpty else { return Timings(spans: [], isCalibrated: false) }
        var ticks = [UInt64](repeating: 0, count: 2 * spans.count)
        try check(
            device.functions.vkGetQueryPoolResults(
                device.handle, pool, 0, UInt32(ticks.count), 8 * ticks.count, &ticks, 8,
                VK_QUERY_RESULT_64_BIT.rawValue), "vkGetQueryPoolResults")
        let clock = try DeviceClock(device, zero: ticks[0])
        let timed = spans.indices.map {
            TimedSpan(
                operations: spans[$0], start: clock.nanoseconds(ticks[2 * $0]),
                end: clock.nanoseconds(ticks[2 * $0 + 1]))
        }
        try TimedSpan.checkOrder(timed)
        return Timings(spans: timed, isCalibrated: clock.isCalibrated)
    }
}

extension Device {
    /// Whether work can be timed on the device's clock.
    package var hasTimestamps: Bool { description.timestamps && timestampValidBits > 0 }

    /// - Throws: `DeviceError` with code `.unsupported` on a device without timestamps.
    package func requireTimestamps() throws(DeviceError) {
        guard !hasTimestamps else { return }
        throw DeviceError(
            .unsupported,
            "\(description.name) has no timestamps on its compute queue, so it cannot be profiled",
            remedy: .deviceWithTimestamps)
    }
}

/// Turns the device's ticks into nanoseconds of the host's monotonic clock.
struct DeviceClock {
    private let period: Double
    private let mask: UInt64
    private let hostZero: Double
    private let deviceZero: UInt64
    /// Whether device and host times can be compared.
    let isCalibrated: Bool

    /// - Parameter zero: the tick to count from where the driver relates no clocks.
    init(_ device: Device, zero: UInt64) throws(DeviceError) {
        period = device.timestampPeriod
        mask = device.timestampValidBits >= 64 ? .max : (1 << UInt64(device.timestampValidBits)) - 1
        var infos = [VkCalibratedTimestampInfoEXT(), VkCalibratedTimestampInfoEXT()]
        for index in infos.indices { infos[index].sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_EXT }
        infos[0].timeDomain = VK_TIME_DOMAIN_DEVICE_EXT
        infos[1].timeDomain = VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT
        var both: [UInt64] = [0, 0]
        var deviation: UInt64 = 0
        if device.calibratesTimestamps, let get = device.functions.vkGetCalibratedTimestampsEXT,
            get(device.handle, 2, &infos, &both, &deviation) == VK_SUCCESS
        {
            (deviceZero, hostZero, isCalibrated) = (both[0] & mask, Double(both[1]), true)
        } else {
            (deviceZero, hostZero, isCalibrated) = (zero & mask, 0, false)
        }
    }

    func nanoseconds(_ ticks: UInt64) -> Double {
        // Ticks before the zero wrap to large numbers; the mask's upper half is the past.
        let difference = (ticks &- deviceZero) & mask
        let isPast = difference > mask / 2
        let signed = isPast ? -Double((deviceZero &- ticks) & mask) : Double(difference)
        return hostZero + signed * period
    }
}
