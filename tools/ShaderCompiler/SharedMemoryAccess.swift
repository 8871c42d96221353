/// Accesses to shared memory under Vulkan's memory model, of which glslang makes each one visible to the whole workgroup at
/// once. Drivers then wait for everything that is under way before each of them, where kernels have barriers for that.
///
/// Vulkan memory model: https://registry.khronos.org/vulkan/specs/latest/html/vkspec.html#memory-model; opcodes and masks
/// are the SPIR-V specification's (version 1.6, section 3).
package enum SharedMemoryAccess {
    private enum Opcode {
        static let memoryModel: UInt32 = 14
        static let pointerType: UInt32 = 32
        static let constant: UInt32 = 43
        static let variable: UInt32 = 59
        static let load: UInt32 = 61
        static let store: UInt32 = 62
        static let accessChains: Set<UInt32> = [65, 66]
        static let controlBarrier: UInt32 = 224
        static let memoryBarrier: UInt32 = 225
        static let matrixLoad: UInt32 = 4457
        static let matrixStore: UInt32 = 4458
    }

    /// OpMemoryModel's name for Vulkan's.
    private static let vulkan: UInt32 = 3
    /// Storage class of what a workgroup shares.
    private static let workgroup: UInt32 = 4
    /// Bits of memory operands that name a scope behind all others: available, visible.
    private static let coherent: UInt32 = 0x8 | 0x10
    /// Bits of a barrier's semantics: what it orders, and that all of it is available and visible behind it.
    private static let orders: UInt32 = 0x100
    private static let publishes: UInt32 = 0x2000 | 0x4000

    /// The module with accesses to shared memory that rely on its barriers, each of which must make them available and
    /// visible; modules of the older memory model as they are.
    ///
    /// - Throws: where a barrier orders shared memory and does not.
    package static func relyingOnBarriers(_ module: [UInt32], path: String) throws -> [UInt32] {
        let instructions = split(module)
        guard instructions.contains(where: { $0.opcode == Opcode.memoryModel && $0.word(2) == vulkan }) else {
            return module
        }
        var constants: [UInt32: UInt32] = [:]
        var sharedTypes: Set<UInt32> = []
        var shared: Set<UInt32> = []
        var words = Array(module.prefix(5))
        for instruction in instructions {
            var instruction = instruction
            switch instruction.opcode {
            case Opcode.constant: constants[instruction.word(2)] = instruction.word(3)
            case Opcode.pointerType where instruction.word(2) == workgroup: sharedTypes.insert(instruction.word(1))
            case Opcode.variable where sharedTypes.contains(instruction.word(1)): shared.insert(instruction.word(2))
            case let opcode where Opcode.accessChains.contains(opcode):
                if sharedTypes.contains(instruction.word(1)) { shared.insert(instruction.word(2)) }
            case Opcode.controlBarrier, Opcode.memoryBarrier:
                let place = instruction.opcode == Opcode.controlBarrier ? 3 : 2
                // What is no plain constant is not trusted.
                let semantics = constants[instruction.word(place)] ?? orders
                if semantics & orders != 0, semantics & publishes != publishes {
                    throw ShaderError(
                        path,
                        "a barrier that orders shared memory must make it available and visible: controlBarrier with gl_SemanticsMakeAvailable and gl_SemanticsMakeVisible"
                    )
                }
            case Opcode.load where shared.contains(instruction.word(3)): instruction.relax(operandsAt: 4)
            case Opcode.store where shared.contains(instruction.word(1)): instruction.relax(operandsAt: 3)
            case Opcode.matrixLoad where shared.contains(instruction.word(3)): instruction.relax(operandsAt: 6)
            case Opcode.matrixStore where shared.contains(instruction.word(1)): instruction.relax(operandsAt: 5)
            default: break
            }
            words += instruction.words
        }
        return words
    }

    private static func split(_ module: [UInt32]) -> [Instruction] {
        var instructions: [Instruction] = []
        var rest = module.dropFirst(5)
        while let first = rest.first {
            let count = max(1, Int(first >> 16))
            instructions.append(Instruction(words: Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
        return instructions
    }

    private struct Instruction {
        var words: [UInt32]

        var opcode: UInt32 { words[0] & 0xFFFF }

        func word(_ index: Int) -> UInt32 { index < words.count ? words[index] : 0 }

        /// Takes the scopes and their bits out of the memory operands that begin at a word, where there are some.
        mutating func relax(operandsAt index: Int) {
            let mask = word(index)
            guard mask & coherent != 0 else { return }
            words.removeLast((mask & coherent).nonzeroBitCount)
            words[index] = mask & ~coherent
            words[0] = UInt32(words.count) << 16 | opcode
        }
    }
}
