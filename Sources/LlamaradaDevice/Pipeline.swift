import CVulkan
import LlamaradaThreads

/// What a pipeline is made from: a kernel, one of its variants, values for its specialisation constants, and a subgroup
/// size where the device's own will not do.
package struct PipelineRequest {
    /// Two requests with equal keys mean the same pipeline.
    package struct Key: Hashable, Sendable {
        package var stem: String
        package var variant: Int
        package var constants: [SpecializationConstant]
        /// Invocations of a subgroup; nil takes the device's preferred number.
        package var subgroupSize: Int?
    }

    package var key: Key
    /// Such as "MatVec q4_0".
    package var name: String
    /// The operation's stem, such as "MatVec", and the variant's name, empty where there is only one.
    package var stem: String { key.stem }
    package var variantName: String
    /// The names of `key.constants`, in their order.
    package var constantNames: [String]
    package var localSize: LocalSize
    /// What a device must have.
    package var requirements: KernelRequirements
    package var layout: BindingLayout
    package var pushByteCount: Int
    package var code: ShaderCode

    package init<K: Kernel>(
        _ kernel: K.Type, _ variant: K.Variant, _ specialization: K.Specialization, subgroupSize: Int? = nil
    ) {
        key = Key(
            stem: K.stem, variant: variant.index, constants: specialization.constants, subgroupSize: subgroupSize)
        variantName = variant.name
        name = variant.name.isEmpty ? K.stem : "\(K.stem) \(variant.name)"
        constantNames = K.Specialization.names
        localSize = specialization.localSize
        requirements = K.requirements(variant)
        layout = BindingLayout(K.bindings, texels: K.texelBindings(variant))
        pushByteCount = MemoryLayout<K.Push>.size
        code = K.code(variant)
    }
}

/// Of what kind a kernel's bindings are.
package struct BindingLayout: Hashable, Sendable {
    package var count: Int
    /// Those that are texel buffers, with what their scalars are; the others are storage buffers.
    package var texels: [Int: BindingInterface.Scalar]

    package init(_ bindings: [BindingInterface], texels: [Int] = []) {
        count = bindings.count
        self.texels = Dictionary(uniqueKeysWithValues: texels.map { ($0, bindings[$0].scalar) })
    }

    /// The kind of a binding.
    func type(_ index: Int) -> VkDescriptorType {
        texels[index] != nil ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
    }
}

/// A compute pipeline and the layouts to bind it with.
struct Pipeline {
    var handle: VkPipeline
    var layout: VkPipelineLayout
    var setLayout: VkDescriptorSetLayout
}

/// Every pipeline of a device, made once each, and the layouts they share.
package struct PipelineRegistry {
    private struct LayoutKey: Hashable {
        var bindings: BindingLayout
        var pushByteCount: Int
    }

    private var pipelines: [PipelineRequest.Key: Pipeline] = [:]
    private var setLayouts: [BindingLayout: VkDescriptorSetLayout] = [:]
    private var layouts: [LayoutKey: VkPipelineLayout] = [:]
    private var cache: VkPipelineCache?

    /// How many pipelines there are.
    package var count: Int { pipelines.count }

    /// The pipeline for a request, made now if it is new.
    mutating func pipeline(_ request: PipelineRequest, on device: Device) throws(DeviceError) -> Pipeline {
        if let known = pipelines[request.key] { return known }
        let prepared = try prepare(request, on: device)
        let pipeline = prepared.pipeline(try prepared.compile(cache, on: device))
        pipelines[request.key] = pipeline
        return pipeline
    }

    /// Makes the pipelines that are new, several at once: drivers compile here, some of them for seconds.
    ///
    /// - Throws: what the first request that failed met; pipelines of the others stay.
    mutating func makePipelines(_ requests: [PipelineRequest], on device: Device) throws(DeviceError) {
        var new: [PipelineRequest.Key: PipelineRequest] = [:]
        for request in requests where pipelines[request.key] == nil { new[request.key] = request }
        var prepared: [Prepared] = []
        for request in requests {
            guard let request = new.removeValue(forKey: request.key) else { continue }
            prepared.append(try prepare(request, on: device))
        }
        // One alone is made when it is recorded.
        guard prepared.count > 1 else { return }
        var failure: DeviceError?
        for (prepared, result) in zip(prepared, Self.compile(prepared, cache, on: device)) {
            switch result {
            case .success(let handle): pipelines[prepared.request.key] = prepared.pipeline(handle)
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// What each request gave, in their order.
    private static func compile(
        _ requests: [Prepared], _ cache: VkPipelineCache?, on device: Device
    ) -> [Result<VkPipeline, DeviceError>] {
        var results = [Result<VkPipeline, DeviceError>](
            repeating: .failure(DeviceError(.failed, "a pipeline was not made")), count: requests.count)
        results.withUnsafeMutableBufferPointer { results in
            // Safety: making modules and pipelines changes nothing of `Device`, Vulkan allows it from several threads,
            // with one cache, each thread writes results of its own, and all end before this returns.
            nonisolated(unsafe) let (requests, cache, device, results) = (requests, cache, device, results)
            ThreadTeam(min(8, Workers.processorCount)).run(requests.count) { index in
                results[index] = Result { () throws(DeviceError) in try requests[index].compile(cache, on: device) }
            }
        }
        return results
    }

    /// A request with the layouts that it needs.
    private struct Prepared {
        let request: PipelineRequest
        let setLayout: VkDescriptorSetLayout
        let layout: VkPipelineLayout

        func compile(_ cache: VkPipelineCache?, on device: Device) throws(DeviceError) -> VkPipeline {
            try PipelineRegistry.create(request, layout, cache, on: device)
        }

        func pipeline(_ handle: VkPipeline) -> Pipeline {
            Pipeline(handle: handle, layout: layout, setLayout: setLayout)
        }
    }

    private mutating func prepare(_ request: PipelineRequest, on device: Device) throws(DeviceError) -> Prepared {
        let setLayout = try setLayout(request.layout, on: device)
        let layout = try layout(request, setLayout, on: device)
        if cache == nil { cache = Self.makeCache(on: device) }
        return Prepared(request: request, setLayout: setLayout, layout: layout)
    }

    /// A pipeline that keeps what the driver knows about it, for `Device.inspect`; the caller destroys it. It goes past
    /// the cache, since a driver has no statistics of what it did not compile now.
    mutating func inspectable(
        _ request: PipelineRequest, flags: VkPipelineCreateFlags, on device: Device
    ) throws(DeviceError) -> VkPipeline {
        let layout = try layout(request, setLayout(request.layout, on: device), on: device)
        return try Self.create(request, layout, nil, flags: flags, on: device)
    }

    /// Writes what the driver compiled to disk, for the next start. Failure to write is no failure of the work.
    func save(on device: Device) {
        guard let cache, let file = device.pipelineCacheFile else { return }
        var byteCount = 0
        guard device.functions.vkGetPipelineCacheData(device.handle, cache, &byteCount, nil) == VK_SUCCESS else {
            return
        }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard device.functions.vkGetPipelineCacheData(device.handle, cache, &byteCount, &bytes) == VK_SUCCESS else {
            return
        }
        file.write(Array(bytes.prefix(byteCount)))
    }

    func destroy(_ functions: LlamaradaVulkan, _ device: VkDevice) {
        for pipeline in pipelines.values { functions.vkDestroyPipeline(device, pipeline.handle, nil) }
        for layout in layouts.values { functions.vkDestroyPipelineLayout(device, layout, nil) }
        for layout in setLayouts.values { functions.vkDestroyDescriptorSetLayout(device, layout, nil) }
        if let cache { functions.vkDestroyPipelineCache(device, cache, nil) }
    }

    private static func create(
        _ request: PipelineRequest, _ layout: VkPipelineLayout, _ cache: VkPipelineCache?,
        flags: VkPipelineCreateFlags = 0, on device: Device
    ) throws(DeviceError) -> VkPipeline {
        try device.requireSupport(for: request)
        let module = try module(request, on: device)
        defer { device.functions.vkDestroyShaderModule(device.handle, module, nil) }
        let constants = request.key.constants
        let entries = constants.enumerated().map {
            VkSpecializationMapEntry(constantID: $1.id, offset: UInt32(4 * $0), size: 4)
        }
        let bits = constants.map(\.bits)
        let (demanded, full) = device.subgroups(of: request)
        var pipeline: VkPipeline?
        let result = entries.withUnsafeBufferPointer { entries in
            bits.withUnsafeBufferPointer { bits in
                var info = VkSpecializationInfo()
                info.mapEntryCount = UInt32(entries.count)
                info.pMapEntries = entries.baseAddress
                info.dataSize = 4 * bits.count
                info.pData = UnsafeRawPointer(bits.baseAddress)
                var table = device.functions
                return llamarada_vulkan_create_compute_pipeline(
                    &table, device.handle, cache, layout, module, &info, UInt32(demanded ?? 0), full, flags,
                    &pipeline)
            }
        }
        try check(result, "vkCreateComputePipelines", for: request.name)
        guard let pipeline else { throw DeviceError(.failed, "vkCreateComputePipelines gave no \(request.name)") }
        return pipeline
    }

    private static func module(_ request: PipelineRequest, on device: Device) throws(DeviceError) -> VkShaderModule {
        let words = request.code.words
        var module: VkShaderModule?
        let result = words.withUnsafeBufferPointer { words in
            var info = VkShaderModuleCreateInfo()
            info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO
            info.codeSize = 4 * words.count
            info.pCode = words.baseAddress
            return device.functions.vkCreateShaderModule(device.handle, &info, nil, &module)
        }
        try check(result, "vkCreateShaderModule", for: request.name)
        guard let module else { throw DeviceError(.failed, "vkCreateShaderModule gave no module") }
        return module
    }

    /// A cache that starts from the file; an empty one where the file or its content is of no use.
    private static func makeCache(on device: Device) -> VkPipelineCache? {
        let saved = device.pipelineCacheFile?.read() ?? []
        var cache: VkPipelineCache?
        return saved.withUnsafeBytes { bytes in
            var info = VkPipelineCacheCreateInfo()
            info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO
            info.initialDataSize = bytes.count
            info.pInitialData = bytes.baseAddress
            let result = device.functions.vkCreatePipelineCache(device.handle, &info, nil, &cache)
            return result == VK_SUCCESS ? cache : nil
        }
    }

    private mutating func setLayout(
        _ kinds: BindingLayout, on device: Device
    ) throws(DeviceError) -> VkDescriptorSetLayout {
        if let known = setLayouts[kinds] { return known }
        let bindings = (0..<kinds.count).map { index in
            var binding = VkDescriptorSetLayoutBinding()
            binding.binding = UInt32(index)
            binding.descriptorType = kinds.type(index)
            binding.descriptorCount = 1
            binding.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT.rawValue
            return binding
        }
        var layout: VkDescriptorSetLayout?
        let result = bindings.withUnsafeBufferPointer { bindings in
            var info = VkDescriptorSetLayoutCreateInfo()
            info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO
            info.bindingCount = UInt32(bindings.count)
            info.pBindings = bindings.baseAddress
            return device.functions.vkCreateDescriptorSetLayout(device.handle, &info, nil, &layout)
        }
        try check(result, "vkCreateDescriptorSetLayout")
        setLayouts[kinds] = layout
        guard let layout else { throw DeviceError(.failed, "vkCreateDescriptorSetLayout gave no layout") }
        return layout
    }

    private mutating func layout(
        _ request: PipelineRequest, _ setLayout: VkDescriptorSetLayout, on device: Device
    ) throws(DeviceError) -> VkPipelineLayout {
        let key = LayoutKey(bindings: request.layout, pushByteCount: request.pushByteCount)
        if let known = layouts[key] { return known }
        var range = VkPushConstantRange()
        range.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT.rawValue
        range.size = UInt32(request.pushByteCount)
        var set: VkDescriptorSetLayout? = setLayout
        var layout: VkPipelineLayout?
        let result = withUnsafePointer(to: &range) { range in
            withUnsafePointer(to: &set) { set in
                var info = VkPipelineLayoutCreateInfo()
                info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO
                info.setLayoutCount = 1
                info.pSetLayouts = set
                info.pushConstantRangeCount = request.pushByteCount > 0 ? 1 : 0
                info.pPushConstantRanges = request.pushByteCount > 0 ? range : nil
                return device.functions.vkCreatePipelineLayout(device.handle, &info, nil, &layout)
            }
        }
        try check(result, "vkCreatePipelineLayout")
        layouts[key] = layout
        guard let layout else { throw DeviceError(.failed, "vkCreatePipelineLayout gave no layout") }
        return layout
    }
}

extension Device {
    /// The pipeline for a request, made now if it is new.
    func pipeline(_ request: PipelineRequest) throws(DeviceError) -> Pipeline {
        try pipelines.pipeline(request, on: self)
    }

    /// Makes the pipelines of some operations, as far as they are new, several at once.
    func makePipelines(of operations: [Pass.Operation]) throws(DeviceError) {
        let requests = operations.compactMap {
            if case .dispatch(let dispatch) = $0 { dispatch.pipeline } else { nil }
        }
        try pipelines.makePipelines(requests, on: self)
    }

    /// Keeps the compiled pipelines on disk for the next start.
    package func savePipelines() { pipelines.save(on: self) }

    /// Refuses what the driver might crash on.
    ///
    /// - Throws: `DeviceError` with code `.unsupported`.
    func requireSupport(for request: PipelineRequest) throws(DeviceError) {
        let missing = request.requirements.missing(in: description.kernelSupport)
        guard missing.isEmpty else {
            throw DeviceError(
                .unsupported,
                "\(request.name) needs what \(description.name) lacks: \(missing.joined(separator: ", "))")
        }
        if request.localSize.count > description.maxWorkgroupInvocations {
            throw DeviceError(
                .unsupported,
                "\(request.name) needs workgroups of \(request.localSize.count), the device allows \(description.maxWorkgroupInvocations)"
            )
        }
        if let size = request.key.subgroupSize, !subgroupSizes.allow(size) {
            throw DeviceError(
                .unsupported,
                "\(request.name) needs subgroups of \(size), the device has \(subgroupSizes.smallest) to \(subgroupSizes.largest)"
            )
        }
        if let size = subgroups(of: request).demanded, request.localSize.count > size * maxWorkgroupSubgroups {
            throw DeviceError(
                .unsupported,
                "\(request.name) needs workgroups of \(request.localSize.count), the device allows \(maxWorkgroupSubgroups) subgroups of \(size)"
            )
        }
    }

    /// The subgroup size to demand from the driver for a pipeline, and whether all subgroups are to be full.
    func subgroups(of request: PipelineRequest) -> (demanded: Int?, areFull: Bool) {
        let size = request.key.subgroupSize ?? subgroupSizes.preferred
        let matters =
            request.requirements.usesSubgroups || subgroupSizes.isForAll || request.key.subgroupSize != nil
        let areFull = request.requirements.usesSubgroups && subgroupSizes.areKnown && request.localSize.x % size == 0
        return (subgroupSizes.areChosen && matters ? size : nil, areFull)
    }
}
