import ShaderCompiler
import Testing

/// What the build does to accesses of shared memory under Vulkan's memory model.
@Suite struct SharedMemoryAccessTests {
    /// A module of instructions, each an opcode and its words; ids: 1 a pointer into shared memory, 2 one into a buffer,
    /// 3 and 4 scopes and semantics.
    private func module(model: UInt32 = 3, _ body: [[UInt32]], semantics: UInt32 = 0x6108) -> [UInt32] {
        let head: [[UInt32]] = [
            [14, 0, model], [32, 10, 4, 20], [32, 11, 12, 20], [43, 21, 3, 2], [43, 21, 4, semantics],
            [59, 10, 5, 4], [65, 10, 1, 5, 3], [59, 11, 2, 12],
        ]
        return [0x0723_0203, 0x0001_0600, 0, 30, 0]
            + (head + body).flatMap { words in [UInt32(words.count) << 16 | words[0]] + words.dropFirst() }
    }

    private func relaxed(_ words: [UInt32]) throws -> [UInt32] {
        try SharedMemoryAccess.relyingOnBarriers(words, path: "Kernels/Made.comp")
    }

    @Test func scopesGoFromAccessesOfSharedMemory() throws {
        let made = module([
            [61, 20, 6, 1, 0x30, 3], [62, 1, 6, 0x2A, 16, 3], [4457, 20, 7, 1, 8, 9, 0x30, 3],
            [4458, 1, 7, 8, 9, 0x28, 3], [224, 3, 3, 4],
        ])
        let wanted = module([
            [61, 20, 6, 1, 0x20], [62, 1, 6, 0x22, 16], [4457, 20, 7, 1, 8, 9, 0x20], [4458, 1, 7, 8, 9, 0x20],
            [224, 3, 3, 4],
        ])
        #expect(try relaxed(made) == wanted)
    }

    @Test func accessesOfBuffersAndOlderModelsStay() throws {
        let buffers = module([[61, 20, 6, 2, 0x30, 3], [61, 20, 6, 1], [62, 2, 6, 0x28, 3]])
        #expect(try relaxed(buffers) == buffers)
        let older = module(model: 1, [[61, 20, 6, 1, 0x30, 3], [224, 3, 3, 4]], semantics: 0x108)
        #expect(try relaxed(older) == older)
    }

    @Test(arguments: [[224, 3, 3, 4], [225, 3, 4], [224, 3, 3, 9]] as [[UInt32]])
    func aBarrierThatDoesNotPublishIsRefused(_ barrier: [UInt32]) {
        #expect { try relaxed(module([barrier], semantics: 0x108)) } throws: { error in
            "\(error)".contains("Kernels/Made.comp:1: error: a barrier that orders shared memory")
        }
    }
}
