import CVulkan

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
}

/// Timestamps around the operations of one command sequence.
final class TimestampPool {
    let mode: TimingMode
    private let device: Device
    private let pool: VkQueryPool
    private let capacity: Int
    private(set) var spans: [Range<Int>] = []

    init(_ device: Device, mode: TimingMode, operationCount: Int) throws(DeviceError) {
        guard device.description.timestamps, device.timestampValidBits > 0 else {
            throw DeviceError(
                .unsupported,
                "\(device.description.name) has no timestamps on its compute queue: it cannot be profiled.")
        }
        self.device = device
        self.mode = mode
        capacity = 2 * max(1, operationCount)
        var info = VkQueryPoolCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO
        info.queryType = VK_QUERY_TYPE_TIMESTAMP
        info.queryCount = UInt32(capacity)
        var pool: VkQueryPool?
        try check(device.functions.vkCreateQueryPool(device.handle, &info, nil, &pool), "vkCreateQueryPool")
        guard let pool else { throw DeviceError(.failed, "vkCreateQueryPool gave no pool.") }
        self.pool = pool
    }

    deinit { device.functions.vkDestroyQueryPool(device.handle, pool, nil) }

    /// Commands that a command buffer starts with: queries must be reset before each use.
    func reset(_ commands: VkCommandBuffer, operations: Range<Int>) {
        device.functions.vkCmdResetQueryPool(
            commands, pool, UInt32(2 * operations.lowerBound), UInt32(2 * operations.count))
    }

    /// Starts a span at operation `index`.
    func begin(_ commands: VkCommandBuffer, at index: Int) {
        write(commands, query: 2 * index, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT)
    }

    /// Ends the span that started at `range.lowerBound`.
    func end(_ commands: VkCommandBuffer, _ range: Range<Int>) {
        write(commands, query: 2 * range.lowerBound + 1, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT)
        spans.append(range)
    }

    private func write(_ commands: VkCommandBuffer, query: Int, _ stage: VkPipelineStageFlagBits) {
        device.functions.vkCmdWriteTimestamp(commands, stage, pool, UInt32(query))
    }

    /// The spans of the last run.
    func read() throws(DeviceError) -> [TimedSpan] {
        let clock = try DeviceClock(device)
        var result: [TimedSpan] = []
        for range in spans {
            var ticks: [UInt64] = [0, 0]
            try check(
                device.functions.vkGetQueryPoolResults(
                    device.handle, pool, UInt32(2 * range.lowerBound), 2, 16, &ticks, 8,
                    VK_QUERY_RESULT_64_BIT.rawValue | VK_QUERY_RESULT_WAIT_BIT.rawValue), "vkGetQueryPoolResults")
            result.append(
                TimedSpan(operations: range, start: clock.nanoseconds(ticks[0]), end: clock.nanoseconds(ticks[1])))
        }
        return result
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

    init(_ device: Device) throws(DeviceError) {
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
            (deviceZero, hostZero, isCalibrated) = (0, 0, false)
        }
    }

    func nanoseconds(_ ticks: UInt64) -> Double {
        // Ticks before the calibration wrap to large numbers; the mask's upper half is the past.
        let difference = (ticks &- deviceZero) & mask
        let isPast = isCalibrated && difference > mask / 2
        let signed = isPast ? -Double((deviceZero &- ticks) & mask) : Double(difference)
        return hostZero + signed * period
    }
}
