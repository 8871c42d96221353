package import CVulkan
import LlamaradaDevice
import Synchronization

/// A function table whose calls are counted, whose objects are followed from creation to destruction, and in which one
/// call can be made to fail.
///
/// The functions of a table are plain C functions, so what they share is global: only the serialized suite
/// `VulkanFaultTests` may use it.
package enum TappedVulkan {
    /// What is going on in the tapped table.
    package struct State {
        /// The call that fails, at which of its occurrences (from 1), and with what. Later ones succeed, unless `always`.
        package var failing: (call: String, occurrence: Int, result: VkResult, always: Bool)?
        /// Submissions that are swallowed, and how many go through before.
        package var dropping = 0
        package var dropsAfter = 0
        /// A function that the driver does not have.
        package var missing: String?
        /// Whether the failing call was reached.
        package var hasFailed = false
        package var calls: [String: Int] = [:]
        /// Objects that were created and not destroyed yet, by kind: their handles as numbers.
        package var living: [String: [UInt]] = [:]
        /// The features that the last device was to be created with, whether or not the driver took them.
        package var enabled: Set<String> = []
        /// Likewise the extensions, and the family of its queue.
        package var extensions: [String] = []
        package var queueFamily: UInt32?
        /// The subgroup size that each pipeline demanded, in order; 0 where it did not.
        package var subgroupSizes: [UInt32] = []
        /// Destroyed without having been created, such as a second time.
        package var strays: [String] = []

        package var leaks: [String] {
            living.filter { !$0.value.isEmpty }.map { "\($0.value.count) \($0.key)" }.sorted()
        }
    }

    /// What the driver says about itself, to be changed.
    package struct Edits: Sendable {
        package var properties: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceProperties2>) -> Void)?
        package var features: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceFeatures2>) -> Void)?
        package var memory: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceMemoryProperties2>) -> Void)?

        /// Extensions that the driver lists besides its own.
        package var extensions: [String]
        /// The queue families that the driver has instead of its own, of which only the first is created.
        package var families: [VkQueueFamilyProperties]
        /// Whether the driver beneath, which has one subgroup size, is not to see that another was demanded.
        package var hidesSubgroupSizes: Bool

        package init(
            properties: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceProperties2>) -> Void)? = nil,
            features: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceFeatures2>) -> Void)? = nil,
            memory: (@Sendable (UnsafeMutablePointer<VkPhysicalDeviceMemoryProperties2>) -> Void)? = nil,
            extensions: [String] = [], families: [VkQueueFamilyProperties] = [], hidesSubgroupSizes: Bool = false
        ) {
            self.properties = properties
            self.features = features
            self.memory = memory
            self.extensions = extensions
            self.families = families
            self.hidesSubgroupSizes = hidesSubgroupSizes
        }
    }

    private static let state = Mutex(State())
    private static let edits = Mutex(Edits())

    /// What happened since `reset`.
    package static var seen: State { state.withLock { $0 } }
    /// How the driver's answers are changed.
    package static var edit: Edits { edits.withLock { $0 } }

    /// The functions beneath.
    // Safety: written while a device is opened, by tests that run one after the other.
    package nonisolated(unsafe) static var real = LlamaradaVulkan()

    /// Forgets everything and chooses the call that will fail.
    package static func reset(
        failing call: String? = nil, at occurrence: Int = 1, with result: VkResult = VK_ERROR_OUT_OF_HOST_MEMORY,
        always: Bool = false, missing: String? = nil, editing edit: Edits = Edits()
    ) {
        edits.withLock { $0 = edit }
        state.withLock {
            $0 = State()
            $0.missing = missing
            $0.failing = call.map { ($0, occurrence, result, always) }
        }
    }

    /// Changes what is remembered.
    package static func remember(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Makes the next call of `name` fail, or every one from then on.
    package static func fail(_ name: String, with result: VkResult, always: Bool = false) {
        state.withLock { $0.failing = (name, $0.calls[name, default: 0] + 1, result, always) }
    }

    /// Swallows the next `count` submissions but the first `skipped`: their fences signal, their work is not done.
    package static func dropSubmissions(_ count: Int, after skipped: Int = 0) {
        state.withLock { ($0.dropping, $0.dropsAfter) = (count, skipped) }
    }

    /// Whether the submission that is being made must be swallowed.
    package static func mustDrop() -> Bool {
        state.withLock { state in
            guard state.dropping > 0 else { return false }
            guard state.dropsAfter == 0 else {
                state.dropsAfter -= 1
                return false
            }
            state.dropping -= 1
            return true
        }
    }

    /// A device that is really lost has ended its work, all of it: one that only says so must be made to, before what it
    /// reads and writes is freed.
    package static func endAllWork() {
        for device in seen.living["device"] ?? [] { _ = real.vkDeviceWaitIdle(OpaquePointer(bitPattern: device)) }
    }

    /// Destroys what a test left on purpose: devices with all they hold, then instances.
    package static func destroyDevices() {
        let living = seen.living.mapValues { $0.compactMap { OpaquePointer(bitPattern: $0) } }
        for device in living["device"] ?? [] {
            _ = real.vkDeviceWaitIdle(device)
            destroyChildren(of: device, living)
            real.vkDestroyDevice(device, nil)
        }
        for messenger in living["messenger"] ?? [] {
            real.vkDestroyDebugUtilsMessengerEXT?(living["instance"]?.first, messenger, nil)
        }
        for instance in living["instance"] ?? [] { real.vkDestroyInstance(instance, nil) }
        state.withLock { $0.living = [:] }
    }

    private static func destroyChildren(of device: OpaquePointer, _ living: [String: [OpaquePointer]]) {
        let functions:
            [(
                String,
                (@convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<VkAllocationCallbacks>?) -> Void)?
            )] = [
                ("fence", real.vkDestroyFence), ("command pool", real.vkDestroyCommandPool),
                ("descriptor pool", real.vkDestroyDescriptorPool), ("pipeline", real.vkDestroyPipeline),
                ("pipeline layout", real.vkDestroyPipelineLayout),
                ("descriptor set layout", real.vkDestroyDescriptorSetLayout),
                ("pipeline cache", real.vkDestroyPipelineCache), ("shader module", real.vkDestroyShaderModule),
                ("buffer view", real.vkDestroyBufferView), ("buffer", real.vkDestroyBuffer),
                ("memory", real.vkFreeMemory),
            ]
        for (kind, destroy) in functions {
            for handle in living[kind] ?? [] { destroy?(device, handle, nil) }
        }
    }

    /// Counts a call and makes it, unless it is the one that fails.
    package static func call(_ name: String, _ body: () -> VkResult) -> VkResult {
        let result: VkResult? = state.withLock { state in
            let count = state.calls[name, default: 0] + 1
            state.calls[name] = count
            guard let failing = state.failing, failing.call == name,
                count == failing.occurrence || (failing.always && count > failing.occurrence)
            else { return nil }
            state.hasFailed = true
            return failing.result
        }
        return result ?? body()
    }

    /// The same for a call that creates one object.
    package static func create(
        _ name: String, _ kind: String, _ object: UnsafeMutablePointer<OpaquePointer?>?, _ body: () -> VkResult
    ) -> VkResult {
        let result = call(name, body)
        if result == VK_SUCCESS, let handle = object?.pointee { note(kind, created: handle) }
        return result
    }

    package static func note(_ kind: String, created object: OpaquePointer) {
        let handle = UInt(bitPattern: object)
        state.withLock { $0.living[kind, default: []].append(handle) }
    }

    package static func note(_ kind: String, destroyed object: OpaquePointer?) {
        guard let object else { return }
        let handle = UInt(bitPattern: object)
        state.withLock { state in
            if let index = state.living[kind]?.lastIndex(of: handle) {
                state.living[kind]?.remove(at: index)
            } else {
                state.strays.append(kind)
            }
        }
    }

    /// Puts `wrapper` over a function that is there, once.
    package static func wrap<Function>(
        _ table: inout LlamaradaVulkan, _ path: WritableKeyPath<LlamaradaVulkan, Function?>, _ wrapper: Function
    ) {
        guard let current = table[keyPath: path] else { return }
        let isWrapped = unsafeBitCast(current, to: Int.self) == unsafeBitCast(wrapper, to: Int.self)
        if !isWrapped { real[keyPath: path] = current }
        table[keyPath: path] = wrapper
    }
}
