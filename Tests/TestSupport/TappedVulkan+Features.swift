package import CVulkan

extension TappedVulkan {
    /// Notes what a device is to be created with.
    static func note(creation info: VkDeviceCreateInfo) {
        let features = enabledFeatures(info.pNext)
        let extensions = (0..<Int(info.enabledExtensionCount)).compactMap { index in
            info.ppEnabledExtensionNames[index].map { String(cString: $0) }
        }
        let family = info.pQueueCreateInfos.pointee.queueFamilyIndex
        remember {
            $0.enabled = features
            $0.extensions = extensions
            $0.queueFamily = family
        }
    }

    /// Notes the subgroup size that a pipeline demands.
    package static func note(pipeline info: VkComputePipelineCreateInfo) {
        var size: UInt32 = 0
        change(
            UnsafeMutableRawPointer(mutating: info.stage.pNext),
            VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
            as: VkPipelineShaderStageRequiredSubgroupSizeCreateInfo.self
        ) { size = $0.requiredSubgroupSize }
        remember { $0.subgroupSizes.append(size) }
    }

    /// Creates a device whose queue is of the driver's own family, since played families do not exist.
    static func createDevice(
        _ physical: VkPhysicalDevice?, _ info: UnsafePointer<VkDeviceCreateInfo>?,
        _ allocator: UnsafePointer<VkAllocationCallbacks>?, _ out: UnsafeMutablePointer<VkDevice?>?
    ) -> VkResult {
        guard !edit.families.isEmpty, var changed = info?.pointee, var queue = info?.pointee.pQueueCreateInfos.pointee
        else { return real.vkCreateDevice(physical, info, allocator, out) }
        queue.queueFamilyIndex = 0
        return withUnsafePointer(to: &queue) { queue in
            changed.pQueueCreateInfos = queue
            return real.vkCreateDevice(physical, &changed, allocator, out)
        }
    }

    /// The driver's extensions and the played ones behind them.
    static func listExtensions(
        _ device: VkPhysicalDevice?, _ layer: UnsafePointer<CChar>?, _ count: UnsafeMutablePointer<UInt32>?,
        _ out: UnsafeMutablePointer<VkExtensionProperties>?
    ) -> VkResult {
        let played = edit.extensions
        guard !played.isEmpty, let count else {
            return real.vkEnumerateDeviceExtensionProperties(device, layer, count, out)
        }
        var own: UInt32 = 0
        var result = real.vkEnumerateDeviceExtensionProperties(device, layer, &own, nil)
        count.pointee = own + UInt32(played.count)
        guard result == VK_SUCCESS, let out else { return result }
        result = real.vkEnumerateDeviceExtensionProperties(device, layer, &own, out)
        for (index, name) in played.enumerated() {
            out[Int(own) + index] = VkExtensionProperties()
            withUnsafeMutableBytes(of: &out[Int(own) + index].extensionName) { $0.copyBytes(from: name.utf8) }
        }
        return result
    }

    /// The played queue families, or the driver's.
    static func listFamilies(
        _ device: VkPhysicalDevice?, _ count: UnsafeMutablePointer<UInt32>?,
        _ out: UnsafeMutablePointer<VkQueueFamilyProperties>?
    ) {
        let played = edit.families
        guard !played.isEmpty else { return real.vkGetPhysicalDeviceQueueFamilyProperties(device, count, out) }
        count?.pointee = UInt32(played.count)
        if let out { for (index, family) in played.enumerated() { out[index] = family } }
    }

    /// The names of the optional features that a chain of structures asks for.
    private static func enabledFeatures(_ chain: UnsafeRawPointer?) -> Set<String> {
        let chain = UnsafeMutableRawPointer(mutating: chain)
        var all: [(String, VkBool32)] = []
        change(chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, as: VkPhysicalDeviceFeatures2.self) {
            all.append(("shaderInt16", $0.features.shaderInt16))
        }
        change(chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, as: VkPhysicalDeviceVulkan11Features.self)
        {
            all.append(("storageBuffer16BitAccess", $0.storageBuffer16BitAccess))
            all.append(("uniformAndStorageBuffer16BitAccess", $0.uniformAndStorageBuffer16BitAccess))
        }
        change(chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, as: VkPhysicalDeviceVulkan12Features.self)
        {
            all.append(("shaderFloat16", $0.shaderFloat16))
            all.append(("shaderInt8", $0.shaderInt8))
            all.append(("storageBuffer8BitAccess", $0.storageBuffer8BitAccess))
            all.append(("uniformAndStorageBuffer8BitAccess", $0.uniformAndStorageBuffer8BitAccess))
            all.append(("vulkanMemoryModel", $0.vulkanMemoryModel))
            all.append(("vulkanMemoryModelDeviceScope", $0.vulkanMemoryModelDeviceScope))
        }
        change(chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES, as: VkPhysicalDeviceVulkan13Features.self)
        {
            all.append(("shaderIntegerDotProduct", $0.shaderIntegerDotProduct))
        }
        change(
            chain, VkStructureType(rawValue: 1_000_506_000), as: VkPhysicalDeviceCooperativeMatrixFeaturesKHR.self
        ) { all.append(("cooperativeMatrix", $0.cooperativeMatrix)) }
        return Set(all.filter { $0.1 != 0 }.map(\.0))
    }
}
