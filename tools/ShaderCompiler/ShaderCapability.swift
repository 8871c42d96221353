/// What a SPIR-V capability asks of a device.
enum ShaderCapability: Equatable {
    /// Nothing beyond what every device that Llamarada opens has.
    case always
    /// A member of `KernelFeatures`.
    case feature(String)
    /// A member of `SubgroupOperations`.
    case subgroup(String)

    /// The capability of a number (SPIR-V 1.6, section 3.31, and the extensions' registry); nil where it is not known,
    /// since a device could then lack what nobody asks it for.
    init?(_ number: UInt32) {
        guard let known = Self.known[number] else { return nil }
        self = known
    }

    private static let known: [UInt32: ShaderCapability] = [
        0: .always,  // Matrix
        1: .always,  // Shader
        9: .feature("float16"),  // Float16
        22: .feature("int16"),  // Int16
        39: .feature("int8"),  // Int8
        46: .always,  // SampledBuffer
        61: .subgroup("basic"),  // GroupNonUniform
        62: .subgroup("vote"),  // GroupNonUniformVote
        63: .subgroup("arithmetic"),  // GroupNonUniformArithmetic
        64: .subgroup("ballot"),  // GroupNonUniformBallot
        65: .subgroup("shuffle"),  // GroupNonUniformShuffle
        66: .subgroup("shuffleRelative"),  // GroupNonUniformShuffleRelative
        67: .subgroup("clustered"),  // GroupNonUniformClustered
        68: .subgroup("quad"),  // GroupNonUniformQuad
        4433: .feature("storage16"),  // StorageBuffer16BitAccess
        4434: .feature("uniform16"),  // UniformAndStorageBuffer16BitAccess
        4448: .feature("storage8"),  // StorageBuffer8BitAccess
        4449: .feature("uniform8"),  // UniformAndStorageBuffer8BitAccess
        5345: .feature("memoryModel"),  // VulkanMemoryModel
        5346: .feature("deviceScope"),  // VulkanMemoryModelDeviceScope
        6016: .feature("integerDotProduct"),  // DotProductInputAll
        6017: .feature("integerDotProduct"),  // DotProductInput4x8Bit
        6018: .feature("integerDotProduct"),  // DotProductInput4x8BitPacked
        6019: .feature("integerDotProduct"),  // DotProduct
        6022: .feature("cooperativeMatrix"),  // CooperativeMatrixKHR
    ]
}

/// What one variant needs of a device: the names of `KernelRequirements`' members.
package struct ShaderRequirements: Equatable {
    package var features: [String] = []
    package var subgroupOperations: [String] = []

    /// - Parameter capabilities: those that the module declares.
    package init(capabilities: [UInt32], path: String) throws {
        for number in capabilities.sorted() {
            switch ShaderCapability(number) {
            case .always: break
            case .feature(let name): if !features.contains(name) { features.append(name) }
            case .subgroup(let name): subgroupOperations.append(name)
            case nil:
                throw ShaderError(
                    path,
                    "the kernel uses SPIR-V capability \(number), which tools/ShaderCompiler/ShaderCapability.swift does not know"
                )
            }
        }
    }
}
