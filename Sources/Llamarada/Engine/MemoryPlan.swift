import Glibc
package import LlamaradaDevice
import LlamaradaErrors

/// What a model will take in device memory, known before anything is allocated.
public struct MemoryPlan: Sendable, Equatable {
    /// All weights in their device layout.
    public var weightByteCount: Int
    /// Keys and values of all pages.
    public var cacheByteCount: Int
    /// Activations, logits and tables of the largest step, and rotary angles.
    public var activationByteCount: Int

    /// All of it.
    public var byteCount: Int { weightByteCount + cacheByteCount + activationByteCount }

    /// Bytes of keys and values of one position, all layers.
    package static func cacheByteCount(
        _ configuration: ModelConfiguration, keyType: KVCacheType, valueType: KVCacheType
    ) -> Int {
        let c = configuration
        return c.layerCount * c.kvHeadCount
            * (keyType.byteCount(headDim: c.headDim) + valueType.byteCount(headDim: c.headDim))
    }

    /// Bytes that the device has for a plan; nil where it does not say.
    ///
    /// A CPU driver's heap says little (lavapipe of Mesa 22 reports 2 GiB on any machine), so there only the allocation
    /// itself decides.
    func room(_ device: DeviceDescription) -> Int? {
        guard device.kind != "cpu" else { return nil }
        let heap = device.heaps.filter(\.isDeviceLocal).max { $0.byteCount < $1.byteCount }
        return heap.map { Int(clamping: $0.availableByteCount ?? $0.byteCount) }
    }

    /// Throws where the plan cannot fit, naming what takes how much and what would help.
    package func check(_ device: DeviceDescription, contextLength: Int) throws(DeviceError) {
        guard let room = room(device), byteCount > room else { return }
        func mebibytes(_ count: Int) -> String { "\((count + (1 << 20) - 1) >> 20) MiB" }
        throw DeviceError(
            .outOfMemory,
            "The model needs \(mebibytes(byteCount)) of device memory: weights \(mebibytes(weightByteCount)), "
                + "cache for \(contextLength) tokens \(mebibytes(cacheByteCount)), activations "
                + "\(mebibytes(activationByteCount)). \(device.name) has "
                + "\(mebibytes(room)) free",
            remedy: .either(.shorterContext, .smallerModel))
    }

    /// Throws where the CPU backend's cache and rotary angles, all f32, would not fit this machine's memory.
    package static func checkHost(_ configuration: ModelConfiguration, contextLength: Int) throws(DeviceError) {
        let perPosition = 4 * (2 * configuration.layerCount * configuration.kvDim + configuration.headDim)
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard memory > 0, contextLength > memory / perPosition else { return }
        throw DeviceError(
            .outOfMemory,
            "A context of \(contextLength) tokens takes \(perPosition) bytes each; this machine has \(memory) in all",
            remedy: .shorterContext)
    }

    /// Throws where one layer's cache would exceed what a binding can span.
    ///
    /// - Parameter perPosition: bytes of one position's keys, or values, of a layer.
    package static func checkBinding(
        contextLength: Int, pageSize: Int, perPosition: Int, _ device: DeviceDescription
    ) throws(DeviceError) {
        // Whole pages.
        let limit = device.maxStorageBufferRange / perPosition / pageSize * pageSize
        guard contextLength > limit else { return }
        throw DeviceError(
            .unsupported,
            "A context of \(contextLength) tokens makes each layer's cache \(contextLength * perPosition) bytes; "
                + "\(device.name) binds at most \(device.maxStorageBufferRange)",
            remedy: limit > 0 ? .either(.smallerCache, .contextOfAtMost(limit)) : .cpuBackend)
    }
}
