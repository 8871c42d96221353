import CVulkan

/// Records operations into command buffers, with the barriers that `Hazards` finds.
struct Recorder {
    let device: Device
    let descriptorPool: VkDescriptorPool?

    /// One command buffer for some operations of a pass.
    ///
    /// It starts with a barrier, since what it reads may have been written by an earlier command buffer or by the host.
    mutating func record(
        _ operations: ArraySlice<Pass.Operation>, canary: (source: BufferView, target: BufferView),
        timestamps: TimestampPool? = nil
    ) throws(DeviceError) -> VkCommandBuffer {
        let commands = try allocate()
        do throws(DeviceError) {
            try record(operations, canary: canary, timestamps: timestamps, into: commands)
        } catch {
            var commands: VkCommandBuffer? = commands
            device.functions.vkFreeCommandBuffers(device.handle, device.commandPool, 1, &commands)
            throw error
        }
        return commands
    }

    private mutating func record(
        _ operations: ArraySlice<Pass.Operation>, canary: (source: BufferView, target: BufferView),
        timestamps: TimestampPool?, into commands: VkCommandBuffer
    ) throws(DeviceError) {
        var info = VkCommandBufferBeginInfo()
        info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO
        try check(device.functions.vkBeginCommandBuffer(commands, &info), "vkBeginCommandBuffer")
        timestamps?.reset(commands, operations: operations.startIndex..<operations.endIndex)
        let spans = Hazards.spans(of: operations.map(\.access), isSerialized: timestamps?.mode == .serialized)
        barrier(.opening(spans.first?.uses ?? .transfer), commands)
        let start = operations.startIndex
        for (index, span) in spans.enumerated() {
            let range = start + span.operations.lowerBound..<start + span.operations.upperBound
            timestamps?.begin(commands)
            for operation in operations[range] { try record(operation, into: commands) }
            timestamps?.end(commands, range)
            // After the last one comes the canary, which is copied.
            let next = index + 1 < spans.count ? spans[index + 1].uses : .transfer
            barrier(Barrier(span.uses, next), commands)
        }
        copy(canary.source, canary.target, into: commands)
        barrier(.closing, commands)
        try check(device.functions.vkEndCommandBuffer(commands), "vkEndCommandBuffer")
    }

    private mutating func record(_ operation: Pass.Operation, into commands: VkCommandBuffer) throws(DeviceError) {
        switch operation {
        case .dispatch(let dispatch): try record(dispatch, into: commands)
        case .copy(let source, let target): copy(source, target, into: commands)
        }
    }

    private func barrier(_ barrier: Barrier, _ commands: VkCommandBuffer) {
        barrier.record(device.functions, into: commands)
    }

    private func allocate() throws(DeviceError) -> VkCommandBuffer {
        var allocate = VkCommandBufferAllocateInfo()
        allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO
        allocate.commandPool = device.commandPool
        allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY
        allocate.commandBufferCount = 1
        var commands: VkCommandBuffer?
        try check(
            device.functions.vkAllocateCommandBuffers(device.handle, &allocate, &commands), "vkAllocateCommandBuffers")
        guard let commands else { throw DeviceError(.failed, "vkAllocateCommandBuffers gave none") }
        return commands
    }

    private mutating func record(_ dispatch: Pass.Dispatch, into commands: VkCommandBuffer) throws(DeviceError) {
        let functions = device.functions
        let pipeline = try device.pipeline(dispatch.pipeline)
        var set: VkDescriptorSet? = try DescriptorSets.set(
            for: dispatch.buffers, dispatch.pipeline.layout, pipeline.setLayout, pool: descriptorPool, on: device)
        label(dispatch, commands)
        functions.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle)
        functions.vkCmdBindDescriptorSets(
            commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set, 0, nil)
        if !dispatch.push.isEmpty {
            functions.vkCmdPushConstants(
                commands, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT.rawValue, 0, UInt32(dispatch.push.count),
                dispatch.push)
        }
        functions.vkCmdDispatch(commands, UInt32(dispatch.grid.x), UInt32(dispatch.grid.y), UInt32(dispatch.grid.z))
        if let end = functions.vkCmdEndDebugUtilsLabelEXT { end(commands) }
    }

    /// Names the dispatch for RenderDoc, RGP and Nsight.
    private func label(_ dispatch: Pass.Dispatch, _ commands: VkCommandBuffer) {
        guard let begin = device.functions.vkCmdBeginDebugUtilsLabelEXT else { return }
        "\(dispatch.scope) \(dispatch.pipeline.name) \(dispatch.shape)".withCString { name in
            var label = VkDebugUtilsLabelEXT()
            label.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT
            label.pLabelName = name
            begin(commands, &label)
        }
    }

    private func copy(_ source: BufferView, _ target: BufferView, into commands: VkCommandBuffer) {
        var region = VkBufferCopy(
            srcOffset: VkDeviceSize(source.byteOffset), dstOffset: VkDeviceSize(target.byteOffset),
            size: VkDeviceSize(source.byteCount))
        device.functions.vkCmdCopyBuffer(commands, source.buffer.handle, target.buffer.handle, 1, &region)
    }
}

/// Descriptor pools and sets: one set a dispatch.
enum DescriptorSets {
    /// A pool with room for exactly the dispatches of a pass; nil where it has none.
    static func pool(for operations: [Pass.Operation], on device: Device) throws(DeviceError) -> VkDescriptorPool? {
        let layouts = operations.compactMap {
            if case .dispatch(let dispatch) = $0 { dispatch.pipeline.layout } else { nil }
        }
        guard !layouts.isEmpty else { return nil }
        let texels = layouts.reduce(0) { $0 + $1.texels.count }
        let buffers = layouts.reduce(0) { $0 + $1.count } - texels
        let sizes = [
            VkDescriptorPoolSize(type: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, descriptorCount: UInt32(buffers)),
            VkDescriptorPoolSize(type: VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, descriptorCount: UInt32(texels)),
        ].filter { $0.descriptorCount > 0 }
        var pool: VkDescriptorPool?
        let result = sizes.withUnsafeBufferPointer { sizes in
            var info = VkDescriptorPoolCreateInfo()
            info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO
            info.maxSets = UInt32(layouts.count)
            info.poolSizeCount = UInt32(sizes.count)
            info.pPoolSizes = sizes.baseAddress
            return device.functions.vkCreateDescriptorPool(device.handle, &info, nil, &pool)
        }
        try check(result, "vkCreateDescriptorPool")
        return pool
    }

    /// A set that names `buffers`.
    static func set(
        for buffers: [BufferView], _ kinds: BindingLayout, _ layout: VkDescriptorSetLayout, pool: VkDescriptorPool?,
        on device: Device
    ) throws(DeviceError) -> VkDescriptorSet {
        var layout: VkDescriptorSetLayout? = layout
        var set: VkDescriptorSet?
        let result = withUnsafePointer(to: &layout) { layout in
            var info = VkDescriptorSetAllocateInfo()
            info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO
            info.descriptorPool = pool
            info.descriptorSetCount = 1
            info.pSetLayouts = layout
            return device.functions.vkAllocateDescriptorSets(device.handle, &info, &set)
        }
        try check(result, "vkAllocateDescriptorSets")
        guard let set else { throw DeviceError(.failed, "vkAllocateDescriptorSets gave no set") }
        let infos = buffers.map {
            VkDescriptorBufferInfo(
                buffer: $0.buffer.handle, offset: VkDeviceSize($0.byteOffset), range: VkDeviceSize($0.byteCount))
        }
        var views: [VkBufferView?] = []
        for (index, buffer) in buffers.enumerated() {
            if let scalar = kinds.texels[index] {
                views.append(try buffer.buffer.texels(buffer, of: scalar))
            } else {
                views.append(nil)
            }
        }
        infos.withUnsafeBufferPointer { infos in
            views.withUnsafeBufferPointer { views in
                let writes = infos.indices.map { index in
                    var write = VkWriteDescriptorSet()
                    write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET
                    write.dstSet = set
                    write.dstBinding = UInt32(index)
                    write.descriptorCount = 1
                    write.descriptorType = kinds.type(index)
                    write.pBufferInfo = infos.baseAddress.map { $0 + index }
                    write.pTexelBufferView = views.baseAddress.map { $0 + index }
                    return write
                }
                device.functions.vkUpdateDescriptorSets(device.handle, UInt32(writes.count), writes, 0, nil)
            }
        }
        return set
    }
}
