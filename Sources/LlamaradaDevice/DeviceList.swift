import CVulkan
import LlamaradaErrors

/// A device of the list: what it is, and the handles to open it with.
struct ListedDevice {
    var handle: VkPhysicalDevice
    var physical: LlamaradaPhysicalDevice
    var queueFamily: UInt32
    var timestampValidBits: Int
    var description: DeviceDescription
}

extension VulkanInstance {
    /// Every device, with the reasons why it can be used or not, and is the one to take or not.
    func listedDevices() throws(DeviceError) -> [ListedDevice] {
        var list = try describedDevices()
        var descriptions = list.map(\.description)
        DeviceChoice.explain(&descriptions)
        for index in list.indices { list[index].description = descriptions[index] }
        return list
    }

    private func describedDevices() throws(DeviceError) -> [ListedDevice] {
        var list: [ListedDevice] = []
        for (index, handle) in try physicalDevices().enumerated() {
            var table = functions
            var physical = LlamaradaPhysicalDevice()
            // One driver that fails must not hide the others.
            let result = llamarada_vulkan_describe(&table, handle, &physical)
            let family = computeFamily(handle)
            let reason =
                result == VK_SUCCESS
                ? Self.unusableReason(physical, hasComputeQueue: family != nil)
                : "its driver cannot list its extensions (\(name(of: result)))"
            list.append(
                ListedDevice(
                    handle: handle, physical: physical, queueFamily: family?.index ?? 0,
                    timestampValidBits: family?.timestampValidBits ?? 0,
                    description: DeviceDescription(
                        index: index, physical, timestampValidBits: family?.timestampValidBits ?? 0,
                        shapes: cooperativeMatrixShapes(handle, physical), reason: reason)))
        }
        return list
    }

    /// The listed device that `selection` means.
    func select(_ selection: DeviceSelection) throws(DeviceError) -> ListedDevice {
        let list = try listedDevices()
        let descriptions = list.map(\.description)
        guard let found = try DeviceChoice.find(selection, in: descriptions), list.indices.contains(found.index) else {
            throw Self.notFound(selection, in: descriptions)
        }
        if let reason = found.unusableReason {
            throw DeviceError(.noDevice, "Device \(found.index) (\(found.name)) cannot be used: \(reason)")
        }
        return list[found.index]
    }

    private static func notFound(_ selection: DeviceSelection, in list: [DeviceDescription]) -> DeviceError {
        let absence =
            switch selection {
            case .automatic: "No usable Vulkan device"
            case .index(let index): "There is no Vulkan device \(index)"
            case .name(let name): "No Vulkan device is named '\(name)'"
            case .uuid(let uuid): "No Vulkan device has the UUID \(uuid)"
            }
        let found = list.isEmpty ? "none" : list.map(DeviceChoice.line).joined(separator: "; ")
        return DeviceError(
            .noDevice, "\(absence). Found \(found)",
            remedy: list.isEmpty ? .either(.installDriver, .cpuBackend) : .noneKnown)
    }

    private static func unusableReason(_ physical: LlamaradaPhysicalDevice, hasComputeQueue: Bool) -> String? {
        if physical.properties.apiVersion < llamaradaVulkanVersion {
            return "its driver has Vulkan \(DeviceDescription.version(physical.properties.apiVersion)), 1.3 is needed"
        }
        if !hasComputeQueue { return "it has no compute queue" }
        if !physical.subgroupSizeControl || !physical.computeFullSubgroups {
            return "its driver lacks control of subgroup sizes, which Vulkan 1.3 requires"
        }
        let needed =
            VK_SUBGROUP_FEATURE_BASIC_BIT.rawValue | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT.rawValue
            | VK_SUBGROUP_FEATURE_SHUFFLE_BIT.rawValue
        if physical.subgroupOperations & needed != needed
            || physical.subgroupStages & VK_SHADER_STAGE_COMPUTE_BIT.rawValue == 0
        {
            return "it lacks subgroup arithmetic and shuffles in compute shaders"
        }
        return nil
    }

    /// The family to compute on: one without graphics where there is one, so that a desktop's frames and ours need not
    /// wait for each other.
    private func computeFamily(_ device: VkPhysicalDevice) -> (index: UInt32, timestampValidBits: Int)? {
        var count: UInt32 = 0
        functions.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nil)
        var families = [VkQueueFamilyProperties](repeating: VkQueueFamilyProperties(), count: Int(count))
        functions.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, &families)
        let usable = families.prefix(Int(count)).enumerated().filter {
            $0.element.queueFlags & VK_QUEUE_COMPUTE_BIT.rawValue != 0 && $0.element.queueCount > 0
        }
        let chosen = usable.first { $0.element.queueFlags & VK_QUEUE_GRAPHICS_BIT.rawValue == 0 } ?? usable.first
        return chosen.map { (UInt32($0.offset), Int($0.element.timestampValidBits)) }
    }

    private func cooperativeMatrixShapes(
        _ device: VkPhysicalDevice, _ physical: LlamaradaPhysicalDevice
    ) -> [DeviceDescription.CooperativeMatrixShape] {
        guard physical.cooperativeMatrix else { return [] }
        var table = functions
        var shapes = [LlamaradaMatrixShape](repeating: LlamaradaMatrixShape(), count: 64)
        let count = llamarada_vulkan_matrix_shapes(&table, device, &shapes, UInt32(shapes.count))
        return shapes.prefix(Int(count)).map {
            .init(
                m: Int($0.m), n: Int($0.n), k: Int($0.k),
                types: [$0.aType, $0.bType, $0.cType, $0.resultType].map(Self.componentName),
                scope: $0.scope == 3 ? "subgroup" : "scope \($0.scope)")
        }
    }

    /// VkComponentTypeKHR by number.
    private static func componentName(_ type: UInt32) -> String {
        let names = ["f16", "f32", "f64", "s8", "s16", "s32", "s64", "u8", "u16", "u32", "u64"]
        return type < names.count ? names[Int(type)] : "type \(type)"
    }
}
