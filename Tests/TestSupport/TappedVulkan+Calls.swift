package import CVulkan
import LlamaradaDevice

// What captures "self", even that of a static function, is no C function.
private typealias Tap = TappedVulkan

extension TappedVulkan {
    /// Every call that can fail in opening a device, loading a model and running it.
    package static let fallible = [
        "vkEnumerateInstanceExtensionProperties",
        "vkEnumeratePhysicalDevices",
        "vkEnumerateDeviceExtensionProperties",
        "vkMapMemory",
        "vkBindBufferMemory",
        "vkFlushMappedMemoryRanges",
        "vkInvalidateMappedMemoryRanges",
        "vkGetPipelineCacheData",
        "vkAllocateDescriptorSets",
        "vkAllocateCommandBuffers",
        "vkBeginCommandBuffer",
        "vkEndCommandBuffer",
        "vkQueueSubmit",
        "vkResetFences",
        "vkWaitForFences",
        "vkCreateInstance",
        "vkCreateDevice",
        "vkAllocateMemory",
        "vkCreateBuffer",
        "vkCreateBufferView",
        "vkCreateShaderModule",
        "vkCreateDescriptorSetLayout",
        "vkCreatePipelineLayout",
        "vkCreateComputePipelines",
        "vkCreatePipelineCache",
        "vkCreateDescriptorPool",
        "vkCreateCommandPool",
        "vkCreateFence",
    ]

    /// Taps every call that can fail and every creation and destruction.
    package static func patch(_ table: inout LlamaradaVulkan) {
        tapCalls(&table)
        tapCreation(&table)
        tapDestruction(&table)
        tapCommandBuffers(&table)
        tapQueries(&table)
    }

    private static func tapCalls(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkEnumerateInstanceExtensionProperties) { a, b, c in
            Tap.call("vkEnumerateInstanceExtensionProperties") {
                Tap.real.vkEnumerateInstanceExtensionProperties(a, b, c)
            }
        }
        wrap(&table, \.vkEnumeratePhysicalDevices) { a, b, c in
            Tap.call("vkEnumeratePhysicalDevices") { Tap.real.vkEnumeratePhysicalDevices(a, b, c) }
        }
        wrap(&table, \.vkEnumerateDeviceExtensionProperties) { a, b, c, d in
            Tap.call("vkEnumerateDeviceExtensionProperties") { Tap.listExtensions(a, b, c, d) }
        }
        wrap(&table, \.vkMapMemory) { a, b, c, d, e, f in
            Tap.call("vkMapMemory") { Tap.real.vkMapMemory(a, b, c, d, e, f) }
        }
        wrap(&table, \.vkBindBufferMemory) { a, b, c, d in
            Tap.call("vkBindBufferMemory") { Tap.real.vkBindBufferMemory(a, b, c, d) }
        }
        wrap(&table, \.vkFlushMappedMemoryRanges) { a, b, c in
            Tap.call("vkFlushMappedMemoryRanges") { Tap.real.vkFlushMappedMemoryRanges(a, b, c) }
        }
        wrap(&table, \.vkInvalidateMappedMemoryRanges) { a, b, c in
            Tap.call("vkInvalidateMappedMemoryRanges") { Tap.real.vkInvalidateMappedMemoryRanges(a, b, c) }
        }
        wrap(&table, \.vkGetPipelineCacheData) { a, b, c, d in
            Tap.call("vkGetPipelineCacheData") { Tap.real.vkGetPipelineCacheData(a, b, c, d) }
        }
        wrap(&table, \.vkAllocateDescriptorSets) { a, b, c in
            Tap.call("vkAllocateDescriptorSets") { Tap.real.vkAllocateDescriptorSets(a, b, c) }
        }
        wrap(&table, \.vkBeginCommandBuffer) { a, b in
            Tap.call("vkBeginCommandBuffer") { Tap.real.vkBeginCommandBuffer(a, b) }
        }
        wrap(&table, \.vkEndCommandBuffer) { a in Tap.call("vkEndCommandBuffer") { Tap.real.vkEndCommandBuffer(a) } }
        wrap(&table, \.vkQueueSubmit) { queue, count, infos, fence in
            let result = Tap.call("vkQueueSubmit") {
                Tap.mustDrop()
                    ? Tap.real.vkQueueSubmit(queue, 0, nil, fence) : Tap.real.vkQueueSubmit(queue, count, infos, fence)
            }
            if result == VK_ERROR_DEVICE_LOST { Tap.endAllWork() }
            return result
        }
        wrap(&table, \.vkResetFences) { a, b, c in Tap.call("vkResetFences") { Tap.real.vkResetFences(a, b, c) } }
        wrap(&table, \.vkWaitForFences) { device, count, fences, all, limit in
            let result = Tap.call("vkWaitForFences") { Tap.real.vkWaitForFences(device, count, fences, all, limit) }
            if result == VK_ERROR_DEVICE_LOST { Tap.endAllWork() }
            return result
        }
        wrap(&table, \.vkDeviceWaitIdle) { a in Tap.call("vkDeviceWaitIdle") { Tap.real.vkDeviceWaitIdle(a) } }
        wrap(&table, \.vkGetQueryPoolResults) { a, b, c, d, e, f, g, h in
            Tap.call("vkGetQueryPoolResults") { Tap.real.vkGetQueryPoolResults(a, b, c, d, e, f, g, h) }
        }
    }

    private static func tapCreation(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkCreateInstance) { a, b, c in
            Tap.create("vkCreateInstance", "instance", c) { Tap.real.vkCreateInstance(a, b, c) }
        }
        wrap(&table, \.vkCreateDevice) { a, b, c, d in
            if let b { Tap.note(creation: b.pointee) }
            return Tap.create("vkCreateDevice", "device", d) { Tap.createDevice(a, b, c, d) }
        }
        wrap(&table, \.vkAllocateMemory) { a, b, c, d in
            Tap.create("vkAllocateMemory", "memory", d) { Tap.real.vkAllocateMemory(a, b, c, d) }
        }
        wrap(&table, \.vkCreateBuffer) { a, b, c, d in
            Tap.create("vkCreateBuffer", "buffer", d) { Tap.real.vkCreateBuffer(a, b, c, d) }
        }
        wrap(&table, \.vkCreateShaderModule) { a, b, c, d in
            Tap.create("vkCreateShaderModule", "shader module", d) { Tap.real.vkCreateShaderModule(a, b, c, d) }
        }
        wrap(&table, \.vkCreateDescriptorSetLayout) { a, b, c, d in
            Tap.create("vkCreateDescriptorSetLayout", "descriptor set layout", d) {
                Tap.real.vkCreateDescriptorSetLayout(a, b, c, d)
            }
        }
        wrap(&table, \.vkCreatePipelineLayout) { a, b, c, d in
            Tap.create("vkCreatePipelineLayout", "pipeline layout", d) { Tap.real.vkCreatePipelineLayout(a, b, c, d) }
        }
        wrap(&table, \.vkCreateComputePipelines) { a, b, c, d, e, f in
            if let d { Tap.note(pipeline: d.pointee) }
            return Tap.create("vkCreateComputePipelines", "pipeline", f) {
                guard Tap.edit.hidesSubgroupSizes, var info = d?.pointee else {
                    return Tap.real.vkCreateComputePipelines(a, b, c, d, e, f)
                }
                info.stage.pNext = nil
                info.stage.flags = 0
                return Tap.real.vkCreateComputePipelines(a, b, c, &info, e, f)
            }
        }
        wrap(&table, \.vkCreatePipelineCache) { a, b, c, d in
            Tap.create("vkCreatePipelineCache", "pipeline cache", d) { Tap.real.vkCreatePipelineCache(a, b, c, d) }
        }
        wrap(&table, \.vkCreateBufferView) { a, b, c, d in
            Tap.create("vkCreateBufferView", "buffer view", d) { Tap.real.vkCreateBufferView(a, b, c, d) }
        }
        wrap(&table, \.vkCreateDescriptorPool) { a, b, c, d in
            Tap.create("vkCreateDescriptorPool", "descriptor pool", d) { Tap.real.vkCreateDescriptorPool(a, b, c, d) }
        }
        wrap(&table, \.vkCreateCommandPool) { a, b, c, d in
            Tap.create("vkCreateCommandPool", "command pool", d) {
                guard !Tap.edit.families.isEmpty, var info = b?.pointee else {
                    return Tap.real.vkCreateCommandPool(a, b, c, d)
                }
                info.queueFamilyIndex = 0
                return Tap.real.vkCreateCommandPool(a, &info, c, d)
            }
        }
        wrap(&table, \.vkCreateFence) { a, b, c, d in
            Tap.create("vkCreateFence", "fence", d) { Tap.real.vkCreateFence(a, b, c, d) }
        }
        wrap(&table, \.vkCreateQueryPool) { a, b, c, d in
            Tap.create("vkCreateQueryPool", "query pool", d) { Tap.real.vkCreateQueryPool(a, b, c, d) }
        }
        wrap(&table, \.vkCreateDebugUtilsMessengerEXT) { a, b, c, d in
            Tap.create("vkCreateDebugUtilsMessengerEXT", "messenger", d) {
                Tap.real.vkCreateDebugUtilsMessengerEXT?(a, b, c, d) ?? VK_ERROR_EXTENSION_NOT_PRESENT
            }
        }
    }

    private static func tapDestruction(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkDestroyInstance) { a, b in
            Tap.note("instance", destroyed: a)
            Tap.real.vkDestroyInstance(a, b)
        }
        wrap(&table, \.vkDestroyDevice) { a, b in
            Tap.note("device", destroyed: a)
            Tap.real.vkDestroyDevice(a, b)
        }
        wrap(&table, \.vkFreeMemory) { a, b, c in
            Tap.note("memory", destroyed: b)
            Tap.real.vkFreeMemory(a, b, c)
        }
        wrap(&table, \.vkDestroyBuffer) { a, b, c in
            Tap.note("buffer", destroyed: b)
            Tap.real.vkDestroyBuffer(a, b, c)
        }
        wrap(&table, \.vkDestroyShaderModule) { a, b, c in
            Tap.note("shader module", destroyed: b)
            Tap.real.vkDestroyShaderModule(a, b, c)
        }
        wrap(&table, \.vkDestroyDescriptorSetLayout) { a, b, c in
            Tap.note("descriptor set layout", destroyed: b)
            Tap.real.vkDestroyDescriptorSetLayout(a, b, c)
        }
        wrap(&table, \.vkDestroyPipelineLayout) { a, b, c in
            Tap.note("pipeline layout", destroyed: b)
            Tap.real.vkDestroyPipelineLayout(a, b, c)
        }
        wrap(&table, \.vkDestroyPipeline) { a, b, c in
            Tap.note("pipeline", destroyed: b)
            Tap.real.vkDestroyPipeline(a, b, c)
        }
        wrap(&table, \.vkDestroyPipelineCache) { a, b, c in
            Tap.note("pipeline cache", destroyed: b)
            Tap.real.vkDestroyPipelineCache(a, b, c)
        }
        wrap(&table, \.vkDestroyBufferView) { a, b, c in
            Tap.note("buffer view", destroyed: b)
            Tap.real.vkDestroyBufferView(a, b, c)
        }
        wrap(&table, \.vkDestroyDescriptorPool) { a, b, c in
            Tap.note("descriptor pool", destroyed: b)
            Tap.real.vkDestroyDescriptorPool(a, b, c)
        }
        wrap(&table, \.vkDestroyCommandPool) { a, b, c in
            Tap.note("command pool", destroyed: b)
            Tap.real.vkDestroyCommandPool(a, b, c)
        }
        wrap(&table, \.vkDestroyFence) { a, b, c in
            Tap.note("fence", destroyed: b)
            Tap.real.vkDestroyFence(a, b, c)
        }
        wrap(&table, \.vkDestroyQueryPool) { a, b, c in
            Tap.note("query pool", destroyed: b)
            Tap.real.vkDestroyQueryPool(a, b, c)
        }
        wrap(&table, \.vkDestroyDebugUtilsMessengerEXT) { a, b, c in
            Tap.note("messenger", destroyed: b)
            Tap.real.vkDestroyDebugUtilsMessengerEXT?(a, b, c)
        }
    }

    private static func tapCommandBuffers(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkAllocateCommandBuffers) { device, info, out in
            Tap.create("vkAllocateCommandBuffers", "command buffer", out) {
                Tap.real.vkAllocateCommandBuffers(device, info, out)
            }
        }
        wrap(&table, \.vkFreeCommandBuffers) { device, pool, count, buffers in
            for index in 0..<Int(count) { Tap.note("command buffer", destroyed: buffers?[index]) }
            Tap.real.vkFreeCommandBuffers(device, pool, count, buffers)
        }
    }

    private static func tapQueries(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkGetDeviceQueue) { device, family, index, out in
            // Played families do not exist.
            Tap.real.vkGetDeviceQueue(device, Tap.edit.families.isEmpty ? family : 0, index, out)
        }
        wrap(&table, \.vkGetPhysicalDeviceQueueFamilyProperties) { device, count, out in
            Tap.listFamilies(device, count, out)
        }
        wrap(&table, \.vkGetDeviceProcAddr) { device, name in
            if let missing = Tap.seen.missing, let name, String(cString: name) == missing { return nil }
            return Tap.real.vkGetDeviceProcAddr(device, name)
        }
        wrap(&table, \.vkGetPhysicalDeviceProperties2) { device, out in
            Tap.real.vkGetPhysicalDeviceProperties2(device, out)
            if let out { Tap.edit.properties?(out) }
        }
        wrap(&table, \.vkGetPhysicalDeviceFeatures2) { device, out in
            Tap.real.vkGetPhysicalDeviceFeatures2(device, out)
            if let out { Tap.edit.features?(out) }
        }
        wrap(&table, \.vkGetPhysicalDeviceMemoryProperties2) { device, out in
            Tap.real.vkGetPhysicalDeviceMemoryProperties2(device, out)
            if let out { Tap.edit.memory?(out) }
        }
    }

    /// Changes the structure of type `type` in a pNext chain.
    package static func change<Structure>(
        _ chain: UnsafeMutableRawPointer?, _ type: VkStructureType, as: Structure.Type,
        _ body: (inout Structure) -> Void
    ) {
        var next = chain
        while let current = next {
            let base = current.assumingMemoryBound(to: VkBaseOutStructure.self)
            if base.pointee.sType == type { body(&current.assumingMemoryBound(to: Structure.self).pointee) }
            next = base.pointee.pNext.map { UnsafeMutableRawPointer($0) }
        }
    }
}
