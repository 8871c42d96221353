package import CVulkan
import Glibc

/// One opened Vulkan device with one compute queue.
///
/// Knows buffers, pipelines and passes, and nothing of models. Not thread-safe: one owner uses it, several devices may
/// exist side by side.
public final class Device {
    /// What a device is opened for.
    package enum Purpose {
        /// Running kernels.
        case running
        /// Compiling them only: buffers are outlines without memory, and nothing can be submitted. All that drivers
        /// offer for hardware that is not there.
        case compiling
    }

    package let purpose: Purpose
    /// What the device is and can do.
    public let description: DeviceDescription
    package let handle: VkDevice
    package let functions: LlamaradaVulkan
    let queue: VkQueue
    let commandPool: VkCommandPool
    let memoryTypes: [VkMemoryType]
    /// What each of them serves.
    let memoryMap: MemoryMap
    let nonCoherentAtomByteCount: Int
    let storageAlignment: Int
    /// What offsets of views of texels are multiples of.
    package let texelAlignment: Int
    /// Nanoseconds a timestamp tick.
    let timestampPeriod: Double
    /// Meaningful bits of a timestamp; 0 where the queue has none.
    let timestampValidBits: Int
    /// Whether the driver relates its clock to the host's.
    package let calibratesTimestamps: Bool
    let limits: VkPhysicalDeviceLimits
    /// The subgroup sizes that pipelines may have.
    package let subgroupSizes: SubgroupSizes
    /// Subgroups that a workgroup may have where a pipeline demands their size.
    let maxWorkgroupSubgroups: Int
    /// Whether the driver tells what it made of a kernel (VK_KHR_pipeline_executable_properties).
    package let capturesStatistics: Bool
    let pipelineCacheFile: PipelineCacheFile?
    package var pipelines = PipelineRegistry()
    /// Longest time in nanoseconds to wait for one submission before it counts as stuck.
    package var waitLimit: UInt64 = 120_000_000_000
    package var submissionBudget: SubmissionBudget
    /// When the host saw the last run end, and whether it waited for that.
    var lastRunEnd: (time: ContinuousClock.Instant, wasWaitedFor: Bool)?
    /// What the kernels' host halves choose tiles by, where something was measured on this device; opaque here.
    package var tuningOverride: (any Sendable)?
    var memory = MemoryPool()
    /// What the driver asked of the buffer that `requirements(ofBuffersOf:)` learns from.
    var probedRequirements: VkMemoryRequirements?
    /// Bytes that the driver has given, whether or not buffers lie in them.
    package var allocatedByteCount: UInt64 { memory.byteCount }
    /// Of those, the bytes that buffers lie in.
    package var usedByteCount: UInt64 { memory.usedByteCount }
    /// Why the device runs nothing more: it was lost, or a submission never ended. Only a device opened anew helps.
    package private(set) var failure: DeviceError?
    /// Whether the device may still be working on a submission that nobody waits for any more. Then nothing that it
    /// might touch is ever freed: leaking to the process's end is safe, destroying what is in use is not.
    private(set) var isStuck = false
    /// What was computed so far.
    package internal(set) var activity = DeviceActivity()
    private var nextBufferID: UInt64 = 0
    // Keeps the loader's instance alive for as long as the device.
    private let instance: VulkanInstance

    /// Opens the device that `selection` means.
    ///
    /// - Throws: `DeviceError`: `.noDriver` without Vulkan, `.noDevice` where nothing fits (the message lists what was
    ///   found).
    public convenience init(_ selection: DeviceSelection = .automatic) throws(DeviceError) {
        try self.init(selection, purpose: .running)
    }

    /// Opens a device for a purpose, whose function table `patch` may change.
    ///
    /// - Parameter describe: changes what a device that only compiles is taken to be.
    package init(
        _ selection: DeviceSelection, purpose: Purpose = .running, patch: FunctionPatch? = nil,
        describe: (inout DeviceDescription) -> Void = { _ in }
    ) throws(DeviceError) {
        self.purpose = purpose
        instance = try VulkanInstance(patch: patch)
        let listed = try instance.select(selection)
        var described = listed.description
        if purpose == .compiling { describe(&described) }
        description = described
        submissionBudget = SubmissionBudget(deviceKind: listed.description.kind)
        var table = instance.functions
        var physical = listed.physical
        var device: VkDevice?
        try check(
            llamarada_vulkan_create_device(&table, listed.handle, &physical, listed.queueFamily, &device),
            "vkCreateDevice",
            for: description.name)
        guard let device else { throw DeviceError(.failed, "vkCreateDevice gave no device") }
        handle = device
        functions = try instance.functions(for: device)
        do throws(DeviceError) {
            queue = try Self.queue(functions, device, family: listed.queueFamily)
            commandPool = try Self.commandPool(functions, device, family: listed.queueFamily)
        } catch {
            functions.vkDestroyDevice(device, nil)
            throw error
        }
        memoryTypes = elements(
            of: physical.memory.memoryTypes, as: VkMemoryType.self, count: Int(physical.memory.memoryTypeCount))
        memoryMap = MemoryMap(physical.memory, deviceType: physical.properties.deviceType)
        limits = physical.properties.limits
        nonCoherentAtomByteCount = Int(limits.nonCoherentAtomSize)
        storageAlignment = Int(limits.minStorageBufferOffsetAlignment)
        texelAlignment = Int(limits.minTexelBufferOffsetAlignment)
        timestampPeriod = Double(limits.timestampPeriod)
        timestampValidBits = listed.timestampValidBits
        calibratesTimestamps = physical.hasCalibratedTimestamps
        subgroupSizes = SubgroupSizes(physical)
        maxWorkgroupSubgroups = Int(physical.maxComputeWorkgroupSubgroups)
        capturesStatistics = physical.pipelineExecutableInfo
        pipelineCacheFile = PipelineCacheFile(physical)
    }

    deinit {
        // Every submission was waited for by its sequence, so there is nothing to wait for here.
        if isStuck {
            _ = Unmanaged.passRetained(instance)
            return
        }
        memory.freeAll(functions, handle)
        pipelines.destroy(functions, handle)
        functions.vkDestroyCommandPool(handle, commandPool, nil)
        functions.vkDestroyDevice(handle, nil)
    }

    /// Every device the drivers report, with the reasons why it can be used or not, and is the one to take or not.
    public static func list() throws(DeviceError) -> [DeviceDescription] { try list(patch: nil) }

    /// The same with a function table that `patch` may change.
    package static func list(patch: FunctionPatch?) throws(DeviceError) -> [DeviceDescription] {
        try VulkanInstance(patch: patch).listedDevices().map(\.description)
    }

    /// What shaders can use, all of it enabled.
    package var features: KernelFeatures { description.features }

    /// The subgroup size that kernels are built for unless they ask for another.
    package var subgroupSize: Int { subgroupSizes.preferred }

    /// Whether kernels that use subgroups run in subgroups of just `lanes`, all of them active, in workgroups whose x
    /// axis is a multiple of that.
    package func hasFullSubgroups(of lanes: Int) -> Bool { subgroupSizes.areKnown && subgroupSize == lanes }

    /// A number that no other buffer of this device has.
    func makeBufferID() -> UInt64 {
        nextBufferID += 1
        return nextBufferID
    }

    /// Notes that the device is of no more use.
    ///
    /// - Parameter isStuck: whether it may still be at work.
    func fail(_ error: DeviceError, isStuck: Bool) {
        failure = failure ?? error
        self.isStuck = self.isStuck || isStuck
    }

    private static func queue(
        _ functions: LlamaradaVulkan, _ device: VkDevice, family: UInt32
    ) throws(DeviceError) -> VkQueue {
        var queue: VkQueue?
        functions.vkGetDeviceQueue(device, family, 0, &queue)
        guard let queue else { throw DeviceError(.failed, "vkGetDeviceQueue gave no queue") }
        return queue
    }

    private static func commandPool(
        _ functions: LlamaradaVulkan, _ device: VkDevice, family: UInt32
    ) throws(DeviceError) -> VkCommandPool {
        var info = VkCommandPoolCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO
        info.queueFamilyIndex = family
        var pool: VkCommandPool?
        try check(functions.vkCreateCommandPool(device, &info, nil, &pool), "vkCreateCommandPool")
        guard let pool else { throw DeviceError(.failed, "vkCreateCommandPool gave no pool") }
        return pool
    }
}

extension SubgroupSizes {
    init(_ physical: LlamaradaPhysicalDevice) {
        self.init(
            vendorID: physical.properties.vendorID,
            areChosen: physical.subgroupSizeControl && physical.minSubgroupSize < physical.maxSubgroupSize
                && physical.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT.rawValue != 0,
            smallest: Int(physical.minSubgroupSize), largest: Int(physical.maxSubgroupSize),
            driversOwn: Int(physical.subgroupSize))
    }
}
