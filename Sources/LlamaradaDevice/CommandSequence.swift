import CVulkan
import LlamaradaErrors

/// A pass as command buffers, ready to be submitted any number of times.
///
/// Long passes are cut in several submissions by the device's `SubmissionBudget`. Each ends in a canary: the device
/// copies a number that the host changes each time, so that work which a driver dropped without an error is found
/// before its results are believed.
///
/// An error never leaves work under way unseen: what was submitted is waited for before the next submission and before
/// anything is freed.
package final class CommandSequence {
    /// One command buffer and what it holds.
    struct Segment {
        var commands: VkCommandBuffer
        var fence: VkFence?
        var work: Double
        var operations: Range<Int>
        /// Submitted, and its end not seen yet.
        var isPending = false
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
    /// The work of each operation.
    private let work: [Double]
    private var submittedAt = ContinuousClock.now
    // The pass keeps every buffer alive that the commands name.
    private let pass: Pass

    /// How many submissions one run makes.
    package var submissionCount: Int { segments.count }
    /// The operations of each submission, by their indices in the pass.
    package var submissions: [Range<Int>] { segments.map(\.operations) }

    /// Encodes a pass: pipelines are made where they are new, descriptors written, commands recorded.
    ///
    /// - Parameter timing: how to time the operations; nil, as a rule, does not.
    package init(_ pass: Pass, timing: TimingMode? = nil) throws(DeviceError) {
        device = pass.device
        self.pass = pass
        dispatchCount = pass.dispatchCount
        cost = pass.cost
        work = pass.operations.map { SubmissionBudget.work(of: $0.cost) }
        let ranges = device.submissionBudget.cut(work)
        canary = try Canary(device, submissionCount: ranges.count)
        if let timing {
            timestamps = try TimestampPool(device, mode: timing, operationCount: pass.operations.count)
        } else {
            timestamps = nil
        }
        // From here on everything is initialised, so that an error runs deinit on what there is.
        try device.makePipelines(of: pass.operations)
        descriptorPool = try DescriptorSets.pool(for: pass.operations, on: device)
        var recorder = Recorder(device: device, descriptorPool: descriptorPool)
        for (index, range) in ranges.enumerated() {
            let commands = try recorder.record(
                pass.operations[range], canary: canary.copy(ofSubmission: index), timestamps: timestamps)
            segments.append(Segment(commands: commands, work: work[range].reduce(0, +), operations: range))
            segments[index].fence = try Self.fence(device)
        }
        device.activity.recordings += 1
    }

    deinit {
        settle()
        guard !device.isStuck else { return }
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
        settle()
        if let failure = device.failure { throw failure }
        try canary.arm()
        submittedAt = .now
        do throws(DeviceError) {
            for index in segments.indices { try submit(index) }
        } catch {
            settle()
            throw error
        }
        device.activity.submissions += segments.count
        device.activity.dispatches += dispatchCount
    }

    private func submit(_ index: Int) throws(DeviceError) {
        var fence = segments[index].fence
        try check(device.functions.vkResetFences(device.handle, 1, &fence), "vkResetFences")
        var commands: VkCommandBuffer? = segments[index].commands
        let result = withUnsafePointer(to: &commands) { commands in
            var info = VkSubmitInfo()
            info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO
            info.commandBufferCount = 1
            info.pCommandBuffers = commands
            return device.functions.vkQueueSubmit(device.queue, 1, &info, fence)
        }
        try device.checkWork(result, "vkQueueSubmit", for: label)
        segments[index].isPending = true
    }

    /// Waits for what `submit` sent, then checks the canary.
    package func wait() throws(DeviceError) {
        var waited = Duration.zero
        do throws(DeviceError) {
            for index in segments.indices where segments[index].isPending {
                let waitStart = ContinuousClock.now
                try device.wait(for: segments[index].fence, label: label)
                segments[index].isPending = false
                waited += ContinuousClock.now - waitStart
            }
            device.activity.waited += waited
            learn(waited)
        } catch {
            settle()
            throw error
        }
        try canary.check(label)
    }

    /// Waits for what `submit` sent, whatever came of it: nobody wants it any more.
    package func abandon() { settle() }

    /// Whether the device has turned out to be of so different a speed that the pass should be recorded anew.
    package var isCutBadly: Bool { device.submissionBudget.outgrew(segments.count, work) }

    /// From the run as a whole: of single submissions a host that was late would learn that they took no time.
    private func learn(_ waited: Duration) {
        let end = ContinuousClock.now
        // Behind another run it began when that one ended.
        let previous = device.lastRunEnd.flatMap { $0.time > submittedAt ? $0 : nil }
        let took = end - (previous?.time ?? submittedAt)
        let wasWaitedFor = waited > took / 2
        device.lastRunEnd = (end, wasWaitedFor)
        // Copies alone say little: while an upload is under way the host reads the next bytes from the disk.
        guard dispatchCount > 0 else { return }
        // When the host comes late it is not known when the run ended, only that it took no longer.
        device.submissionBudget.learn(
            work: work.reduce(0, +), seconds: took / .seconds(1),
            isBound: !wasWaitedFor, isStartKnown: previous?.wasWaitedFor ?? true)
    }

    /// Waits for submissions that an error left under way. Where even that fails, the device counts as stuck.
    private func settle() {
        for index in segments.indices where segments[index].isPending && !device.isStuck {
            do throws(DeviceError) {
                try device.wait(for: segments[index].fence, label: label)
            } catch {
                // A lost device has ended all work; after any other error it may still be at it.
                if error.code != .lost { device.fail(error, isStuck: true) }
            }
            segments[index].isPending = false
        }
    }

    /// When the operations of the last run ran; no spans where the sequence is not timed.
    ///
    /// - Throws: `DeviceError`, also where the device's clock went backwards.
    package func timings() throws(DeviceError) -> Timings {
        try timestamps?.read() ?? Timings(spans: [], isCalibrated: false)
    }

    private var label: String { pass.scope.isEmpty ? "a pass of \(dispatchCount) dispatches" : pass.scope }

    private static func fence(_ device: Device) throws(DeviceError) -> VkFence {
        var info = VkFenceCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO
        var fence: VkFence?
        try check(device.functions.vkCreateFence(device.handle, &info, nil, &fence), "vkCreateFence")
        guard let fence else { throw DeviceError(.failed, "vkCreateFence gave no fence") }
        return fence
    }
}

extension Device {
    /// Waits for a fence in slices of at most 100 ms, `waitLimit` in all: a driver that never answers must not hang the
    /// process.
    func wait(for fence: VkFence?, label: String) throws(DeviceError) {
        let slice: UInt64 = 100_000_000
        let start = ContinuousClock.now
        var fence = fence
        while true {
            let result = functions.vkWaitForFences(handle, 1, &fence, VkBool32(VK_TRUE), min(slice, waitLimit))
            guard result == VK_TIMEOUT else { return try checkWork(result, "vkWaitForFences", for: label) }
            guard ContinuousClock.now - start >= .nanoseconds(Int64(clamping: waitLimit)) else { continue }
            let error = DeviceError(
                .timeout,
                "\(label) did not finish within \(Double(waitLimit) / 1e9) s: the device or its driver hangs",
                remedy: .shorterPasses)
            fail(error, isStuck: true)
            throw error
        }
    }

    /// Throws unless `result` is success, and remembers a lost device.
    func checkWork(_ result: VkResult, _ call: String, for label: String) throws(DeviceError) {
        do throws(DeviceError) {
            try check(result, call, for: label)
        } catch {
            if error.code == .lost { fail(error, isStuck: false) }
            throw error
        }
    }

    /// Encodes and runs a pass once.
    package func run(_ pass: Pass) throws(DeviceError) {
        try CommandSequence(pass).run()
    }
}
