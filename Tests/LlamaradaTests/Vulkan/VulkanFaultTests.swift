import CVulkan
import Llamarada
import LlamaradaDevice
import LlamaradaTensors
import TestSupport
import Testing

/// Faults put into the function table. One after the other, since the tapped functions share their state.
@Suite(.serialized) struct VulkanFaultTests {
    /// A model of one layer, so that loading it makes few calls.
    private static func smallModel() throws -> GGUFFile {
        var tiny = TinyModel()
        tiny.metadata["llama.block_count"] = .uint32(1)
        tiny.tensors = tiny.tensors.filter { !$0.key.hasPrefix("blk.1.") }
        tiny.element = 0.01
        return try tiny.file()
    }

    /// Opens the device, loads the model and makes one step.
    private func loadAndStep(_ file: GGUFFile) throws {
        let model = try VulkanModel.open(file, contextLength: 8, patch: TappedVulkan.patch)
        _ = try model.greedy(after: [1], at: 0)
    }

    /// Nothing may be left, and nothing destroyed twice.
    private func expectNothingLeft(_ label: String) {
        let state = TappedVulkan.seen
        #expect(state.leaks == [], "\(label)")
        #expect(state.strays == [], "\(label)")
    }

    @Test func everythingIsDestroyedOnce() throws {
        TappedVulkan.reset()
        try loadAndStep(Self.smallModel())
        let state = TappedVulkan.seen
        #expect(state.living.keys.count >= 13)
        expectNothingLeft("a good run")
        // Coherent memory needs neither; the others must all have been tried.
        for call in TappedVulkan.fallible where !call.contains("MappedMemoryRanges") {
            #expect(state.calls[call] ?? 0 > 0, "\(call)")
        }
    }

    /// Fails one call at its first, second, third, fifth, … occurrence, a third later each time, until the run gets
    /// through without reaching the fault.
    @Test(arguments: TappedVulkan.fallible) func anyCallMayFailOnce(call: String) throws {
        let file = try Self.smallModel()
        // What works without: extensions of the instance are optional, the pipeline cache only saves time, and where a
        // large block of memory can't be had a small one may do.
        let optional = [
            "vkEnumerateInstanceExtensionProperties", "vkCreatePipelineCache", "vkGetPipelineCacheData",
            "vkAllocateMemory",
        ].contains(call)
        var next = 1
        while true {
            let occurrence = next
            next += 1 + next / 3
            TappedVulkan.reset(failing: call, at: occurrence)
            let error: (any Error)?
            do {
                try loadAndStep(file)
                error = nil
            } catch let found {
                error = found
            }
            let hasFailed = TappedVulkan.seen.hasFailed
            expectNothingLeft("\(call) \(occurrence)")
            guard hasFailed else {
                #expect(error == nil)
                break
            }
            guard !optional else { continue }
            let found = try #require(error as? DeviceError, "\(call) \(occurrence)")
            #expect(found.problem.contains(call) || found.code == .noDevice, "\(found)")
            #expect(!found.problem.contains("\n"))
            let code: DeviceError.Code =
                switch call {
                case "vkCreateInstance": .noDriver
                case "vkEnumerateDeviceExtensionProperties": .noDevice
                default: .outOfMemory
                }
            #expect(found.code == code, "\(found)")
        }
    }

    @Test func anAllocationThatFailsIsOutOfMemory() throws {
        let file = try Self.smallModel()
        TappedVulkan.reset(failing: "vkAllocateMemory", at: 1, with: VK_ERROR_OUT_OF_DEVICE_MEMORY, always: true)
        let error = try #require(throws: DeviceError.self) { try loadAndStep(file) }
        #expect(error.code == .outOfMemory)
        // What for, how much, and what to do.
        #expect(error.problem.contains("bytes)") && error.description.contains("shorter context"), "\(error)")
        expectNothingLeft("out of device memory")
    }

    /// A driver that says it mapped memory and gives no address: an error, never token 0.
    @Test func memoryThatIsNotMapped() throws {
        TappedVulkan.reset()
        let error = try #require(throws: DeviceError.self) {
            _ = try VulkanModel.open(Self.smallModel(), contextLength: 8) { table in
                TappedVulkan.patch(&table)
                table.vkMapMemory = { _, _, _, _, _, address in
                    address?.pointee = nil
                    return VK_SUCCESS
                }
            }
        }
        #expect(error.code == .failed && error.problem.contains("vkMapMemory"))
        expectNothingLeft("memory that is not mapped")
    }

    /// Runs a model, lets `fault` happen in one step, and returns the error of that step and what the next one gives.
    private func stepAfter(
        waitLimit: UInt64? = nil, patch: @escaping FunctionPatch = TappedVulkan.patch, fault: () -> Void
    ) throws -> (error: DeviceError?, next: Result<Matrix, any Error>, sameAsBefore: Bool) {
        let fixture = try ModelFixture.load("f32")
        let model = try VulkanModel.open(fixture, patch: patch)
        let before = try model.forward(fixture.tokens, at: 0, logits: .last)
        if let waitLimit { model.device.waitLimit = waitLimit }
        fault()
        var error: DeviceError?
        do { _ = try model.forward(fixture.tokens, at: 0, logits: .last) } catch let found as DeviceError {
            error = found
        }
        let next = Result { try model.forward(fixture.tokens, at: 0, logits: .last) }
        return (error, next, (try? next.get()) == before)
    }

    /// A lost device: the step fails, the next one says so at once, and everything is destroyed in the end.
    @Test(arguments: ["vkQueueSubmit", "vkWaitForFences"], [false, true])
    func aLostDeviceStaysLost(call: String, always: Bool) throws {
        TappedVulkan.reset()
        let result = try stepAfter {
            TappedVulkan.fail(call, with: VK_ERROR_DEVICE_LOST, always: always)
        }
        #expect(result.error?.code == .lost)
        #expect(result.error?.problem.contains("device was lost") == true)
        #expect(throws: try #require(result.error)) { try result.next.get() }
        expectNothingLeft("lost in \(call)")
        // A device opened anew works.
        TappedVulkan.reset()
        try loadAndStep(Self.smallModel())
    }

    /// Any other failure of a step leaves the model usable.
    @Test(arguments: ["vkQueueSubmit", "vkWaitForFences", "vkResetFences"])
    func theNextStepWorks(call: String) throws {
        TappedVulkan.reset()
        let result = try stepAfter { TappedVulkan.fail(call, with: VK_ERROR_OUT_OF_HOST_MEMORY) }
        #expect(result.error?.code == .outOfMemory)
        #expect(result.sameAsBefore)
        expectNothingLeft("a failed \(call)")
    }

    /// A fence that never signals ends in bounded time, also when everything is given up: and since the device may still
    /// be at work, nothing is destroyed.
    @Test func aFenceThatNeverSignals() throws {
        TappedVulkan.reset()
        let start = ContinuousClock.now
        let result = try stepAfter(waitLimit: 50_000_000) {
            TappedVulkan.fail("vkWaitForFences", with: VK_TIMEOUT, always: true)
        }
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(result.error?.code == .timeout)
        #expect(result.error?.problem.contains("0.05 s") == true)
        #expect(throws: try #require(result.error)) { try result.next.get() }
        let state = TappedVulkan.seen
        #expect(state.strays == [])
        for kind in ["instance", "device", "memory", "buffer", "pipeline", "command pool", "descriptor pool", "fence"] {
            #expect(state.living[kind]?.isEmpty == false, "\(kind)")
        }
        // Give back what could not be given up: here the work did end.
        TappedVulkan.destroyDevices()
    }

    /// Submissions that signal their fences and do nothing.
    @Test func droppedWorkIsFound() throws {
        TappedVulkan.reset()
        let result = try stepAfter { TappedVulkan.dropSubmissions(1) }
        #expect(result.error?.code == .dropped)
        #expect(result.error?.problem.contains("canary") == true)
        #expect(result.sameAsBefore)
        expectNothingLeft("a dropped submission")
    }

    /// A pass of several submissions has a canary in each: losing only one is found, whichever.
    @Test(arguments: [0, 1, 2]) func oneDroppedSubmissionOfSeveralIsFound(index: Int) throws {
        TappedVulkan.reset()
        let device = try Device(.automatic, patch: TappedVulkan.patch)
        let source = try device.allocate(Float.self, count: 16 << 20, name: "source")
        let target = try device.allocate(Float.self, count: source.count, name: "target")
        var pass = Pass(device)
        // Each is 0.54 G units of work, reading and writing 64 MiB.
        device.submissionBudget = SubmissionBudget(rate: 6e9 / SubmissionBudget.target)
        for _ in 0..<40 { pass.copy(source, to: target) }
        let sequence = try CommandSequence(pass)
        #expect(sequence.submissionCount >= 3)
        TappedVulkan.dropSubmissions(1, after: index)
        let error = try #require(throws: DeviceError.self) { try sequence.run() }
        #expect(error.code == .dropped)
        try sequence.run()
    }

    /// An upload that is still under way when its source fails is waited for.
    @Test func anErrorWhileUploadsAreUnderWay() throws {
        struct Stop: Error {}
        TappedVulkan.reset()
        do {
            let device = try Device(.automatic, patch: TappedVulkan.patch)
            let staging = StagingRing(device, slotByteCount: 1 << 20, writesInPlace: false)
            let target = try device.allocate(UInt8.self, count: 1 << 20, name: "target")
            try staging.upload(to: [target.view]) { _ in }
            #expect(throws: Stop.self) { try staging.upload(to: [target.view]) { _ in throw Stop() } }
        }
        expectNothingLeft("an upload cut short")
        #expect(TappedVulkan.seen.calls["vkWaitForFences"] == 1)
    }

    /// A function that Vulkan 1.3 requires is missing from the driver.
    @Test func aMissingFunctionIsNamed() throws {
        TappedVulkan.reset(missing: "vkCmdDispatch")
        let error = try #require(throws: DeviceError.self) { try loadAndStep(Self.smallModel()) }
        #expect(error.code == .unsupported)
        #expect(error.problem.contains("vkCmdDispatch"))
        expectNothingLeft("a missing function")
    }
}
