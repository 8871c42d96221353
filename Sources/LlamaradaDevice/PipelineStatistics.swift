import CVulkan

/// One number that a driver tells about a compiled kernel, by the driver's own name.
package struct PipelineStatistic: Sendable, Equatable {
    package var name: String
    package var description: String
    package var value: Double

    package init(name: String, description: String = "", value: Double) {
        (self.name, self.description, self.value) = (name, description, value)
    }
}

/// What a driver made of one kernel: VK_KHR_pipeline_executable_properties.
///
/// https://registry.khronos.org/vulkan/specs/latest/man/html/VK_KHR_pipeline_executable_properties.html
package struct PipelineStatistics: Sendable, Equatable {
    /// A text that the compiler went through, such as its intermediate code or the machine's instructions.
    package struct Representation: Sendable, Equatable {
        package var name: String
        package var text: String

        package init(name: String, text: String) { (self.name, self.text) = (name, text) }
    }

    /// Invocations of a subgroup as compiled; 0 where the driver does not tell.
    package var subgroupSize: Int
    package var statistics: [PipelineStatistic]
    /// Empty unless asked for.
    package var representations: [Representation]

    package init(
        subgroupSize: Int, statistics: [PipelineStatistic], representations: [Representation] = []
    ) {
        (self.subgroupSize, self.statistics, self.representations) = (subgroupSize, statistics, representations)
    }

    /// The machine's instructions, where texts were asked for: RADV calls them "Assembly", ANV "GEN Assembly", NVK "NAK
    /// assembly".
    package var machineCode: String? {
        representations.first { $0.name.lowercased().contains("assembly") }?.text
    }

    /// The value under the first of `names` that the driver has.
    package func value(_ names: [String]) -> Int? {
        names.lazy.compactMap { name in statistics.first { $0.name == name } }.first.flatMap { Int(exactly: $0.value) }
    }
}

extension Device {
    /// Compiles a kernel afresh and asks the driver about it.
    ///
    /// - Parameter representations: whether the compiler's texts, the machine code among them, are wanted too.
    /// - Throws: `DeviceError` with code `.unsupported` where the driver has no VK_KHR_pipeline_executable_properties.
    package func inspect(
        _ request: PipelineRequest, representations: Bool = false
    ) throws(DeviceError) -> PipelineStatistics {
        guard capturesStatistics else {
            throw DeviceError(
                .unsupported,
                "\(description.name) (\(description.driver)) tells nothing about compiled kernels: it has no VK_KHR_pipeline_executable_properties"
            )
        }
        var flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR.rawValue
        if representations { flags |= VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR.rawValue }
        let pipeline = try pipelines.inspectable(request, flags: flags, on: self)
        defer { functions.vkDestroyPipeline(handle, pipeline, nil) }
        return try statistics(of: pipeline, representations: representations)
    }

    /// A compute pipeline has one executable on every driver so far; of several, the first is the kernel.
    private func statistics(of pipeline: VkPipeline, representations: Bool) throws(DeviceError) -> PipelineStatistics {
        var info = VkPipelineInfoKHR()
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR
        info.pipeline = pipeline
        var empty = VkPipelineExecutablePropertiesKHR()
        empty.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR
        let properties = try Self.list(empty, "vkGetPipelineExecutablePropertiesKHR") {
            functions.vkGetPipelineExecutablePropertiesKHR?(handle, &info, $0, $1)
        }
        guard let first = properties.first else {
            throw DeviceError(.failed, "\(description.name): vkGetPipelineExecutablePropertiesKHR gave no executable")
        }
        return PipelineStatistics(
            subgroupSize: Int(first.subgroupSize), statistics: try statistics(pipeline),
            representations: representations ? try texts(pipeline) : [])
    }

    private func statistics(_ pipeline: VkPipeline) throws(DeviceError) -> [PipelineStatistic] {
        var info = Self.executable(pipeline)
        var empty = VkPipelineExecutableStatisticKHR()
        empty.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR
        let all = try Self.list(empty, "vkGetPipelineExecutableStatisticsKHR") {
            functions.vkGetPipelineExecutableStatisticsKHR?(handle, &info, $0, $1)
        }
        return all.map {
            PipelineStatistic(name: text($0.name), description: text($0.description), value: Self.value($0))
        }
    }

    /// The driver first tells how long the texts are, then fills memory that is ours.
    private func texts(_ pipeline: VkPipeline) throws(DeviceError) -> [PipelineStatistics.Representation] {
        var info = Self.executable(pipeline)
        let call = "vkGetPipelineExecutableInternalRepresentationsKHR"
        var empty = VkPipelineExecutableInternalRepresentationKHR()
        empty.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR
        var all = try Self.list(empty, call) {
            functions.vkGetPipelineExecutableInternalRepresentationsKHR?(handle, &info, $0, $1)
        }
        let buffers = all.map { UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, $0.dataSize), alignment: 8) }
        defer { buffers.forEach { $0.deallocate() } }
        for index in all.indices { all[index].pData = buffers[index].baseAddress }
        var count = UInt32(all.count)
        let result = functions.vkGetPipelineExecutableInternalRepresentationsKHR?(handle, &info, &count, &all)
        try check(result ?? VK_ERROR_EXTENSION_NOT_PRESENT, call)
        return zip(all, buffers).filter { $0.0.isText == VK_TRUE }.map { representation, buffer in
            let bytes = buffer.prefix(representation.dataSize).prefix { $0 != 0 }
            return .init(name: text(representation.name), text: String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func executable(_ pipeline: VkPipeline) -> VkPipelineExecutableInfoKHR {
        var info = VkPipelineExecutableInfoKHR()
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR
        info.pipeline = pipeline
        return info
    }

    /// Vulkan's two calls for a list: one for the count, one for the elements, each a copy of `empty` before.
    private static func list<Element>(
        _ empty: Element, _ call: String,
        _ body: (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<Element>?) -> VkResult?
    ) throws(DeviceError) -> [Element] {
        var count: UInt32 = 0
        try check(body(&count, nil) ?? VK_ERROR_EXTENSION_NOT_PRESENT, call)
        var all = [Element](repeating: empty, count: Int(count))
        let result = all.withUnsafeMutableBufferPointer { body(&count, $0.baseAddress) }
        try check(result ?? VK_ERROR_EXTENSION_NOT_PRESENT, call)
        return Array(all.prefix(Int(count)))
    }

    private static func value(_ statistic: VkPipelineExecutableStatisticKHR) -> Double {
        switch statistic.format {
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: Double(statistic.value.b32)
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: Double(statistic.value.i64)
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR: Double(statistic.value.u64)
        default: statistic.value.f64
        }
    }
}
