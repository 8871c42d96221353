import CVulkan
import LlamaradaDevice
import Synchronization
import TestSupport

/// A device that is not there: what its driver says of it where that is not what the one at hand says.
struct PlayedDevice: Sendable {
    var name: String
    var kind: VkPhysicalDeviceType
    var memory: PlayedMemory
    /// Every byte of its UUID.
    var uuid: UInt8
    var apiVersion: UInt32?

    init(
        _ name: String, _ kind: VkPhysicalDeviceType, _ memory: PlayedMemory = .card(8 << 30), uuid: UInt8 = 0,
        apiVersion: UInt32? = nil
    ) {
        self.name = name
        self.kind = kind
        self.memory = memory
        self.uuid = uuid
        self.apiVersion = apiVersion
    }
}

/// A machine of devices that are not there, all of them the first that is.
///
/// The functions of a table are plain C functions, so what they share is global: tests that use it run one after the
/// other.
enum PlayedDevices {
    private static let devices = Mutex<[PlayedDevice]>([])
    private static let handle = Mutex<UInt>(0)

    // Safety: written while the loader is opened, by tests that run one after the other.
    fileprivate nonisolated(unsafe) static var real = LlamaradaVulkan()

    /// What is listed on a machine of such devices.
    static func list(_ played: [PlayedDevice]) throws(DeviceError) -> [DeviceDescription] {
        devices.withLock { $0 = played }
        return try Device.list(patch: patch)
    }

    /// The device that is opened on such a machine.
    static func open(_ selection: DeviceSelection, of played: [PlayedDevice]) throws(DeviceError) -> DeviceDescription {
        devices.withLock { $0 = played }
        return try Device(selection, patch: patch).description
    }

    private static func patch(_ table: inout LlamaradaVulkan) {
        wrap(&table, \.vkEnumeratePhysicalDevices) { Played.enumerate($0, $1, $2) }
        wrap(&table, \.vkGetPhysicalDeviceProperties2) { device, out in
            Played.real.vkGetPhysicalDeviceProperties2(Played.beneath, out)
            if let out { Played.write(Played.device(device), to: out) }
        }
        wrap(&table, \.vkGetPhysicalDeviceFeatures2) { Played.real.vkGetPhysicalDeviceFeatures2(Played.beneath, $1) }
        wrap(&table, \.vkGetPhysicalDeviceMemoryProperties2) { device, out in
            Played.real.vkGetPhysicalDeviceMemoryProperties2(Played.beneath, out)
            if let out { Played.device(device).memory.write(to: out) }
        }
        wrap(&table, \.vkGetPhysicalDeviceQueueFamilyProperties) {
            Played.real.vkGetPhysicalDeviceQueueFamilyProperties(Played.beneath, $1, $2)
        }
        wrap(&table, \.vkEnumerateDeviceExtensionProperties) {
            Played.real.vkEnumerateDeviceExtensionProperties(Played.beneath, $1, $2, $3)
        }
        wrap(&table, \.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) {
            Played.real.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR?(Played.beneath, $1, $2)
                ?? VK_ERROR_EXTENSION_NOT_PRESENT
        }
        wrap(&table, \.vkCreateDevice) { Played.real.vkCreateDevice(Played.beneath, $1, $2, $3) }
    }

    private static func wrap<Function>(
        _ table: inout LlamaradaVulkan, _ path: WritableKeyPath<LlamaradaVulkan, Function?>, _ wrapper: Function
    ) {
        guard let current = table[keyPath: path] else { return }
        let isWrapped = unsafeBitCast(current, to: Int.self) == unsafeBitCast(wrapper, to: Int.self)
        if !isWrapped { real[keyPath: path] = current }
        table[keyPath: path] = wrapper
    }

    // MARK: Handles

    /// The first played handle; the next ones follow. Nobody looks behind it.
    private static let first: UInt = 0x1000

    fileprivate static var beneath: VkPhysicalDevice? { OpaquePointer(bitPattern: handle.withLock { $0 }) }

    fileprivate static func device(_ handle: VkPhysicalDevice?) -> PlayedDevice {
        let index = Int(UInt(bitPattern: handle) - first)
        return devices.withLock { $0[index] }
    }

    fileprivate static func enumerate(
        _ instance: VkInstance?, _ count: UnsafeMutablePointer<UInt32>?, _ out: UnsafeMutablePointer<VkPhysicalDevice?>?
    ) -> VkResult {
        var one: UInt32 = 1
        var device: VkPhysicalDevice?
        let result = real.vkEnumeratePhysicalDevices(instance, &one, &device)
        guard result == VK_SUCCESS || result == VK_INCOMPLETE else { return result }
        let number = UInt(bitPattern: device)
        handle.withLock { $0 = number }
        let all = devices.withLock { $0.count }
        count?.pointee = UInt32(all)
        if let out { for index in 0..<all { out[index] = OpaquePointer(bitPattern: first + UInt(index)) } }
        return VK_SUCCESS
    }

    fileprivate static func write(_ device: PlayedDevice, to chain: UnsafeMutablePointer<VkPhysicalDeviceProperties2>) {
        chain.pointee.properties.deviceType = device.kind
        if let version = device.apiVersion { chain.pointee.properties.apiVersion = version }
        withUnsafeMutableBytes(of: &chain.pointee.properties.deviceName) {
            _ = $0.initializeMemory(as: UInt8.self, repeating: 0)
            $0.copyBytes(from: device.name.utf8)
        }
        TappedVulkan.change(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES, as: VkPhysicalDeviceVulkan11Properties.self
        ) { properties in
            withUnsafeMutableBytes(of: &properties.deviceUUID) {
                _ = $0.initializeMemory(as: UInt8.self, repeating: device.uuid)
            }
        }
        TappedVulkan.change(
            chain, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES, as: VkPhysicalDeviceIDProperties.self
        ) { properties in
            withUnsafeMutableBytes(of: &properties.deviceUUID) {
                _ = $0.initializeMemory(as: UInt8.self, repeating: device.uuid)
            }
        }
    }
}

// What captures "self", even that of a static function, is no C function.
private typealias Played = PlayedDevices
