import Glibc
package import LlamaradaDevice
import LlamaradaErrors

/// What a model will take in device memory, known before anything is allocated.
///
/// The buffers are made as they will be, in the same order and by the same code, on a device that only counts, so that
/// blocks of memory and what is lost at their ends are part of it.
public struct MemoryPlan: Sendable, Equatable {
    /// What memory is taken for.
    public enum Part: String, Sendable, CaseIterable {
        /// All weights in their device layout that lie in the device's memory.
        case weights
        /// Those that lie in the host's.
        case hostWeights
        /// Keys and values of all pages.
        case cache
        /// Intermediate tensors of the largest step.
        case activations
        /// Logits of the largest step, on the device and for the host, and what tokens are drawn with.
        case logits
        /// The rows of a step, and the page tables of all sequences.
        case tables
        /// Cosines and sines of all positions.
        case angles
        /// Room for what is on its way to the device, given back when the model is loaded.
        case staging
    }

    /// What a heap of the device gives.
    public struct Heap: Sendable, Equatable {
        /// Its place in ``DeviceDescription/heaps``.
        public var index: Int
        /// Whether the device computes in it; else it reads it across the bus.
        public var isDevice: Bool
        /// Bytes that buffers take once the model is loaded.
        public var usedByteCount: Int
        /// Bytes of the blocks that they lie in.
        public var allocatedByteCount: Int
        /// The most that is allocated at a time, while the model is loaded.
        public var peakByteCount: Int
        /// Bytes that the heap has to give: its budget where the driver tells it, else its size. A CPU driver's heap
        /// says little (lavapipe of Mesa 22 reports 2 GiB on any machine), so there it is the machine's memory.
        public var availableByteCount: Int

        /// Bytes that are missing; 0 where all fits.
        public var missingByteCount: Int { max(0, peakByteCount - availableByteCount) }
    }

    /// Bytes of buffers by what they are for.
    public var byteCounts: [Part: Int]
    /// The heaps that give something or could, by their index.
    public var heaps: [Heap]

    package init(byteCounts: [Part: Int], heaps: [Heap]) {
        self.byteCounts = byteCounts
        self.heaps = heaps
    }

    /// Weights in their device layout that lie in the device's memory.
    public var weightByteCount: Int { self[.weights] }
    /// Weights that lie in the host's memory, where the device reads them across the bus.
    public var hostWeightByteCount: Int { self[.hostWeights] }
    /// Keys and values of all pages.
    public var cacheByteCount: Int { self[.cache] }
    /// Activations, logits and tables of the largest step, and rotary angles.
    public var activationByteCount: Int { self[.activations] + self[.logits] + self[.tables] + self[.angles] }
    /// All that buffers take once the model is loaded.
    public var byteCount: Int { weightByteCount + hostWeightByteCount + cacheByteCount + activationByteCount }
    /// The blocks that they lie in.
    public var allocatedByteCount: Int { heaps.reduce(0) { $0 + $1.allocatedByteCount } }
    /// Whether every heap has room for its share.
    public var fits: Bool { heaps.allSatisfy { $0.missingByteCount == 0 } }

    /// The bytes of one part.
    public subscript(part: Part) -> Int { byteCounts[part] ?? 0 }

    /// Bytes of keys and values of one position, all layers.
    package static func cacheByteCount(
        _ configuration: ModelConfiguration, keyType: KVCacheType, valueType: KVCacheType
    ) -> Int {
        let c = configuration
        return c.layerCount * c.kvHeadCount
            * (keyType.byteCount(headDim: c.headDim) + valueType.byteCount(headDim: c.headDim))
    }

    /// Throws where the plan cannot fit, naming what takes how much and what would help.
    package func check(_ device: DeviceDescription, contextLength: Int) throws(DeviceError) {
        let missing = heaps.filter { $0.missingByteCount > 0 }
        guard let heap = missing.first(where: \.isDevice) ?? missing.first else { return }
        func mebibytes(_ count: Int) -> String { "\((count + (1 << 20) - 1) >> 20) MiB" }
        let (needed, room) = (mebibytes(heap.peakByteCount), mebibytes(heap.availableByteCount))
        guard heap.isDevice else {
            throw DeviceError(
                .outOfMemory,
                "The model needs \(needed) of host memory, \(mebibytes(self[.hostWeights])) of it for layers that do "
                    + "not lie in the device's. \(device.name) can read \(room)",
                remedy: .smallerModel)
        }
        let others = Remedy.either(.shorterContext, .smallerModel)
        let hasOtherMemory = device.availableHostMemoryByteCount > 0 && self[.weights] > 0
        throw DeviceError(
            .outOfMemory,
            "The model needs \(needed) of device memory: weights \(mebibytes(self[.weights])), cache for "
                + "\(contextLength) tokens \(mebibytes(cacheByteCount)), activations "
                + "\(mebibytes(activationByteCount)). \(device.name) has \(room) free",
            remedy: hasOtherMemory ? .either(.fewerDeviceLayers, others) : others)
    }

    /// Bytes of memory that this machine has; nil where the system does not say.
    package static var machineByteCount: Int? {
        let memory = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE)))
        return memory.overflow || memory.partialValue <= 0 ? nil : memory.partialValue
    }

    /// Bytes of one position of the CPU backend's cache and rotary angles, all f32.
    package static func hostByteCount(ofPosition configuration: ModelConfiguration) -> Int {
        4 * (2 * configuration.layerCount * configuration.kvDim + configuration.headDim)
    }

    /// Throws where the CPU backend's cache and rotary angles would not fit this machine's memory.
    package static func checkHost(_ configuration: ModelConfiguration, contextLength: Int) throws(DeviceError) {
        let perPosition = hostByteCount(ofPosition: configuration)
        guard let memory = machineByteCount, contextLength > memory / perPosition else { return }
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
