package import CVulkan
import Glibc
import LlamaradaErrors

/// Changes entries of the function table after each time it was filled: how tests inject faults.
package typealias FunctionPatch = (inout LlamaradaVulkan) -> Void

/// The Vulkan loader, opened: the function table and the instance that devices come from.
package final class VulkanInstance {
    package private(set) var functions = LlamaradaVulkan()
    package let handle: VkInstance
    private let messenger: VkDebugUtilsMessengerEXT?
    private let patch: FunctionPatch?
    private let hasDebugUtils: Bool

    /// Opens the loader and creates an instance.
    ///
    /// With `LLAMARADA_VALIDATION=1` in the environment the validation layer is required and speaks on stderr.
    /// Driver descriptions that can't be used are left out, and named on stderr once a process.
    /// - Throws: `DeviceError` with code `.noDriver` where there is no loader or no driver at all.
    package init(patch: FunctionPatch? = nil) throws(DeviceError) {
        try Self.checkLimits()
        let drivers = DriverDescriptions.screened
        if drivers.isEmpty {
            throw DeviceError(.noDriver, "No Vulkan driver can be used: \(drivers.problems.joined(separator: "; "))")
        }
        var functions = LlamaradaVulkan()
        if let missing = llamarada_vulkan_load(&functions) {
            throw DeviceError(
                .noDriver,
                "No Vulkan loader: \(String(cString: missing))",
                remedy: .either(.installLoaderAndDriver, .cpuBackend))
        }
        patch?(&functions)
        let validates = getenv("LLAMARADA_VALIDATION").map { String(cString: $0) } == "1"
        hasDebugUtils = Self.hasDebugUtils(functions)
        let handle = try Self.create(
            &functions, debugUtils: hasDebugUtils, validates: validates, problems: drivers.problems)
        drivers.warnOnce()
        let missing = llamarada_vulkan_load_instance(&functions, handle)
        patch?(&functions)
        if let missing {
            functions.vkDestroyInstance?(handle, nil)
            throw DeviceError(
                .noDriver, "The Vulkan loader lacks \(String(cString: missing)): it is older than Vulkan 1.3")
        }
        self.functions = functions
        self.handle = handle
        self.patch = patch
        messenger = validates ? Self.messenger(functions, handle) : nil
    }

    deinit {
        if let messenger { functions.vkDestroyDebugUtilsMessengerEXT?(handle, messenger, nil) }
        functions.vkDestroyInstance(handle, nil)
    }

    /// A copy of the table with the functions of one device, which is destroyed where it lacks one.
    func functions(for device: VkDevice) throws(DeviceError) -> LlamaradaVulkan {
        var table = functions
        let missing = llamarada_vulkan_load_device(&table, device)
        if !hasDebugUtils {
            // Loaders give functions of extensions that are not enabled, too.
            table.vkCmdBeginDebugUtilsLabelEXT = nil
            table.vkCmdEndDebugUtilsLabelEXT = nil
            table.vkSetDebugUtilsObjectNameEXT = nil
        }
        patch?(&table)
        if let missing {
            table.vkDestroyDevice?(device, nil)
            throw DeviceError(.unsupported, "The driver lacks \(String(cString: missing)), which Vulkan 1.3 requires")
        }
        return table
    }

    /// Every physical device of every driver, in the loader's order.
    func physicalDevices() throws(DeviceError) -> [VkPhysicalDevice] {
        var count: UInt32 = 0
        try check(functions.vkEnumeratePhysicalDevices(handle, &count, nil), "vkEnumeratePhysicalDevices")
        var devices = [VkPhysicalDevice?](repeating: nil, count: Int(count))
        try check(functions.vkEnumeratePhysicalDevices(handle, &count, &devices), "vkEnumeratePhysicalDevices")
        return devices.prefix(Int(count)).compactMap { $0 }
    }

    /// The least stack of a thread in which drivers have been seen to work, twice over: below, they overrun it.
    private static let leastStack = 192 << 10

    /// A driver that compiles with LLVM has crashed with up to 440 MiB, mostly code and the stacks of its threads.
    private static let leastAddressSpace = 512 << 20

    private static func checkLimits() throws(DeviceError) {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0, limit.rlim_cur < leastStack {
            throw DeviceError(
                .noDriver,
                "The stack is limited to \(limit.rlim_cur >> 10) KiB; a Vulkan driver needs \(leastStack >> 10) KiB",
                remedy: .either(.raiseLimit(.stack), .cpuBackend))
        }
        let space = mmap(nil, leastAddressSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard space != MAP_FAILED else {
            throw DeviceError(
                .noDriver,
                "A Vulkan driver needs \(leastAddressSpace >> 20) MiB of address space, which the process may not have",
                remedy: .either(.raiseLimit(.memory), .cpuBackend))
        }
        munmap(space, leastAddressSpace)
    }

    private static func create(
        _ functions: inout LlamaradaVulkan, debugUtils: Bool, validates: Bool, problems: [String]
    ) throws(DeviceError) -> VkInstance {
        var application = VkApplicationInfo()
        application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO
        application.apiVersion = llamaradaVulkanVersion
        let layers = validates ? ["VK_LAYER_KHRONOS_validation"] : []
        let extensions = debugUtils ? [VK_EXT_DEBUG_UTILS_EXTENSION_NAME] : []
        var instance: VkInstance?
        let result = withUnsafePointer(to: &application) { application in
            withCStrings(layers) { layers in
                withCStrings(extensions) { extensions in
                    var info = VkInstanceCreateInfo()
                    info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
                    info.pApplicationInfo = application
                    info.enabledLayerCount = UInt32(layers.count)
                    info.ppEnabledLayerNames = layers.baseAddress
                    info.enabledExtensionCount = UInt32(extensions.count)
                    info.ppEnabledExtensionNames = extensions.baseAddress
                    return functions.vkCreateInstance(&info, nil, &instance)
                }
            }
        }
        if result == VK_ERROR_LAYER_NOT_PRESENT {
            throw DeviceError(
                .noDriver, "LLAMARADA_VALIDATION=1 needs the validation layer",
                remedy: .install("vulkan-validationlayers"))
        }
        guard result == VK_SUCCESS, let instance else {
            let why = problems.isEmpty ? "" : " (\(problems.joined(separator: "; ")))"
            throw DeviceError(
                .noDriver,
                "vkCreateInstance failed with \(name(of: result)): no working Vulkan driver\(why)",
                remedy: .either(.installDriver, .cpuBackend))
        }
        return instance
    }

    private static func hasDebugUtils(_ functions: LlamaradaVulkan) -> Bool {
        var count: UInt32 = 0
        guard functions.vkEnumerateInstanceExtensionProperties(nil, &count, nil) == VK_SUCCESS else { return false }
        var all = [VkExtensionProperties](repeating: VkExtensionProperties(), count: Int(count))
        guard functions.vkEnumerateInstanceExtensionProperties(nil, &count, &all) == VK_SUCCESS else { return false }
        return all.contains { text($0.extensionName) == VK_EXT_DEBUG_UTILS_EXTENSION_NAME }
    }

    private static func messenger(_ functions: LlamaradaVulkan, _ instance: VkInstance) -> VkDebugUtilsMessengerEXT? {
        var info = VkDebugUtilsMessengerCreateInfoEXT()
        info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT
        info.messageSeverity =
            VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT.rawValue
            | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT.rawValue
        info.messageType =
            VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT.rawValue
            | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT.rawValue
        info.pfnUserCallback = { _, _, data, _ in
            guard let message = data?.pointee.pMessage else { return VkBool32(VK_FALSE) }
            let line = "Vulkan validation: \(String(cString: message))\n"
            _ = line.withCString { write(2, $0, strlen($0)) }
            return VkBool32(VK_FALSE)
        }
        var messenger: VkDebugUtilsMessengerEXT?
        guard let create = functions.vkCreateDebugUtilsMessengerEXT,
            create(instance, &info, nil, &messenger) == VK_SUCCESS
        else { return nil }
        return messenger
    }
}

/// Calls `body` with the strings as C strings.
private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
) -> R {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return copies.map { UnsafePointer<CChar>($0) }.withUnsafeBufferPointer(body)
}
