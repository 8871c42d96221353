import CVulkan

/// Who does what with memory.
package struct MemoryUse: OptionSet, Sendable, Hashable {
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let shaderRead = MemoryUse(rawValue: 1 << 0)
    package static let shaderWrite = MemoryUse(rawValue: 1 << 1)
    package static let transferRead = MemoryUse(rawValue: 1 << 2)
    package static let transferWrite = MemoryUse(rawValue: 1 << 3)
    package static let hostRead = MemoryUse(rawValue: 1 << 4)

    package static let shader: MemoryUse = [.shaderRead, .shaderWrite]
    package static let transfer: MemoryUse = [.transferRead, .transferWrite]
    package static let writes: MemoryUse = [.shaderWrite, .transferWrite]
}

/// What a barrier orders: who has to be done, before whom.
package struct Barrier: Equatable, Sendable {
    package var before: MemoryUse
    package var after: MemoryUse

    package init(_ before: MemoryUse, _ after: MemoryUse) {
        self.before = before
        self.after = after
    }

    /// What a command buffer starts with: what it touches, earlier ones may have touched.
    ///
    /// The host is not named: what it wrote before a submission is visible to the device by the submission itself
    /// (Vulkan 1.3, "Host Write Ordering Guarantees").
    package static func opening(_ first: MemoryUse) -> Barrier { Barrier(.shader.union(.transfer), first) }

    /// What a command buffer ends with: a fence alone does not show the host what the device wrote. Everything before
    /// the canary's copy is ordered before that copy, so this one suffices for all.
    package static let closing = Barrier(.transfer, .hostRead)

    /// Appends the barrier to a command buffer.
    func record(_ functions: LlamaradaVulkan, into commands: VkCommandBuffer) {
        var barrier = VkMemoryBarrier()
        barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER
        // Only writes need to be made available; reads before are ordered by the stages.
        barrier.srcAccessMask = before.intersection(.writes).accesses
        barrier.dstAccessMask = after.accesses
        functions.vkCmdPipelineBarrier(commands, before.stages, after.stages, 0, 1, &barrier, 0, nil, 0, nil)
    }
}

extension MemoryUse {
    fileprivate var stages: VkPipelineStageFlags {
        (isDisjoint(with: .shader) ? 0 : VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue)
            | (isDisjoint(with: .transfer) ? 0 : VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue)
            | (isDisjoint(with: .hostRead) ? 0 : VK_PIPELINE_STAGE_HOST_BIT.rawValue)
    }

    fileprivate var accesses: VkAccessFlags {
        (contains(.shaderRead) ? VK_ACCESS_SHADER_READ_BIT.rawValue : 0)
            | (contains(.shaderWrite) ? VK_ACCESS_SHADER_WRITE_BIT.rawValue : 0)
            | (contains(.transferRead) ? VK_ACCESS_TRANSFER_READ_BIT.rawValue : 0)
            | (contains(.transferWrite) ? VK_ACCESS_TRANSFER_WRITE_BIT.rawValue : 0)
            | (contains(.hostRead) ? VK_ACCESS_HOST_READ_BIT.rawValue : 0)
    }
}
