import CVulkan

/// A pass as command buffers, ready to be submitted any number of times.
///
/// Long passes are cut in several submissions by the device's `SubmissionBudget`. The last one ends in a canary: the
/// device copies a number that the host changes each time, so that work which a driver dropped without an error is
/// found before its results are believed.
package final class CommandSequence {
    /// One command buffer and what it holds.
    struct Segment {
        var commands: VkCommandBuffer
        var fence: VkFence
        var work: Double
    }

    package let device: Device
    /// How many dispatches one run makes.
    package let dispatchCount: Int
    /// The sum of the costs of one run.
    package let cost: Cost
    private(set) var segments: [Segment] = []
    private var descriptorPool: VkDescriptorPool?
    private let canary: Canary
    private let timestamps: TimestampPool?
    // The pass keeps every buffer alive that the commands name.
    private let pass: Pass

    /// How many submissions one run makes.
    package var submissionCount: Int { segments.count }

    /// Encodes a pass: pipelines are made where they are new, descriptors written, commands recorded.
    ///
    /// - Parameter timing: how to time the operations; nil, as a rule, does not.
    package init(_ pass: Pass, timing: TimingMode? = nil) throws(DeviceError) {
        device = pass.device
        self.pass = pass
        dispatchCount = pass.dispatchCount
        cost = pass.cost
        canary = try Canary(device)
        if let timing {
            timestamps = try TimestampPool(device, mode: timing, operationCount: pass.operations.count)
        } else {
            timestamps = nil
        }
        descriptorPool = try DescriptorSets.pool(for: pass.operations, on: device)
        var recorder = Recorder(device: device, descriptorPool: descriptorPool)
        for range in Self.cut(
            pass.operations.map { SubmissionBudget.work(of: $0.cost) }, limit: device.submissionBudget.limit)
        {
            let isLast = range.upperBound == pass.operations.count
            let commands = try recorder.record(
                pass.operations[range], canary: isLast ? canary : nil, timestamps: timestamps)
            let work = pass.operations[range].reduce(0) { $0 + SubmissionBudget.work(of: $1.cost) }
            segments.append(Segment(commands: commands, fence: try Self.fence(device), work: work))
        }
    }

    deinit {
        for segment in segments {
            var commands: VkCommandBuffer? = segment.commands
            device.functions.vkFreeCommandBuffers(device.handle, device.commandPool, 1, &commands)
            device.functions.vkDestroyFence(device.handle, segment.fence, nil)
        }
        if let descriptorPool { device.functions.vkDestroyDescriptorPool(device.handle, descriptorPool, nil) }
    }

    /// Submits everything and waits until it is done.
    ///
    /// - Throws: `DeviceError`: `.lost`, `.timeout`, `.dropped` where the canary did not arrive.
    package func run() throws(DeviceError) {
        try submit()
        try wait()
    }

    /// Submits everything; `wait` must follow before the next `submit`.
    package func submit() throws(DeviceError) {
        try canary.arm()
        for segment in segments {
            var fence: VkFence? = segment.fence
            try check(device.functions.vkResetFences(device.handle, 1, &fence), "vkResetFences")
            var commands: VkCommandBuffer? = segment.commands
            let result = withUnsafePointer(to: &commands) { commands in
                var info = VkSubmitInfo()
                info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO
                info.commandBufferCount = 1
                info.pCommandBuffers = commands
                return device.functions.vkQueueSubmit(device.queue, 1, &info, segment.fence)
            }
            try check(result, "vkQueueSubmit", for: label)
        }
    }

    /// Waits for what `submit` sent, then checks the canary.
    package func wait() throws(DeviceError) {
        for segment in segments {
            let start = ContinuousClock.now
            try device.wait(for: segment.fence, label: label)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            device.submissionBudget.learn(work: segment.work, seconds: seconds)
        }
        try canary.check(label)
    }

    /// When the operations of the last run ran; empty where the sequence is not timed.
    package func timedSpans() throws(DeviceError) -> [TimedSpan] {
        try timestamps?.read() ?? []
    }

    private var label: String { pass.scope.isEmpty ? "a pass of \(dispatchCount) dispatches" : pass.scope }

    /// Ranges whose work stays under `limit` each; at least one operation a range.
    package static func cut(_ work: [Double], limit: Double) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var sum = 0.0
        for (index, amount) in work.enumerated() {
            if index > start, sum + amount > limit {
                ranges.append(start..<index)
                start = index
                sum = 0
            }
            sum += amount
        }
        ranges.append(start..<work.count)
        return ranges
    }

    private static func fence(_ device: Device) throws(DeviceError) -> VkFence {
        var info = VkFenceCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO
        var fence: VkFence?
        try check(device.functions.vkCreateFence(device.handle, &info, nil, &fence), "vkCreateFence")
        guard let fence else { throw DeviceError(.failed, "vkCreateFence gave no fence.") }
        return fence
    }
}

extension Device {
    /// Waits for a fence in slices of 100 ms, `waitLimit` in all: a driver that never answers must not hang the process.
    func wait(for fence: VkFence, label: String) throws(DeviceError) {
        let slice: UInt64 = 100_000_000
        var waited: UInt64 = 0
        var fence: VkFence? = fence
        while true {
            let result = functions.vkWaitForFences(handle, 1, &fence, VkBool32(VK_TRUE), slice)
            guard result == VK_TIMEOUT else { return try check(result, "vkWaitForFences", for: label) }
            waited += slice
            if waited >= waitLimit {
                throw DeviceError(
                    .timeout,
                    "\(label) did not finish within \(waitLimit / 1_000_000_000) s: the device or its driver hangs. See the system log; a smaller -ub makes submissions shorter."
                )
            }
        }
    }

    /// Encodes and runs a pass once.
    package func run(_ pass: Pass) throws(DeviceError) {
        try CommandSequence(pass).run()
    }
}
