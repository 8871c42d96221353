/// What shaders may use beyond the least that Vulkan 1.3 has: each is there on some devices only.
public struct KernelFeatures: OptionSet, Sendable, Hashable {
    /// One bit a feature.
    public var rawValue: UInt32

    /// Makes a set of its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Arithmetic on 16-bit floats.
    public static let float16 = KernelFeatures(rawValue: 1 << 0)
    /// Arithmetic on 8-bit integers.
    public static let int8 = KernelFeatures(rawValue: 1 << 1)
    /// Arithmetic on 16-bit integers.
    public static let int16 = KernelFeatures(rawValue: 1 << 2)
    /// 8-bit values in storage buffers.
    public static let storage8 = KernelFeatures(rawValue: 1 << 3)
    /// 16-bit values in storage buffers.
    public static let storage16 = KernelFeatures(rawValue: 1 << 4)
    /// 8-bit values in uniform buffers too.
    public static let uniform8 = KernelFeatures(rawValue: 1 << 5)
    /// 16-bit values in uniform buffers too.
    public static let uniform16 = KernelFeatures(rawValue: 1 << 6)
    /// Dot products of packed integers; whether they are fast is `DeviceDescription.int8DotProduct`.
    public static let integerDotProduct = KernelFeatures(rawValue: 1 << 7)
    /// Products of matrices that a subgroup holds together (VK_KHR_cooperative_matrix).
    public static let cooperativeMatrix = KernelFeatures(rawValue: 1 << 8)
    /// The Vulkan memory model.
    public static let memoryModel = KernelFeatures(rawValue: 1 << 9)
    /// The Vulkan memory model with the whole device as a scope.
    public static let deviceScope = KernelFeatures(rawValue: 1 << 10)

    /// Every feature with the name that people and JSON see, in the order of the bits.
    private static let named: [(feature: KernelFeatures, name: String)] = [
        (.float16, "fp16"), (.int8, "int8"), (.int16, "int16"), (.storage8, "8-bit storage"),
        (.storage16, "16-bit storage"), (.uniform8, "8-bit uniforms"), (.uniform16, "16-bit uniforms"),
        (.integerDotProduct, "integer dot product"), (.cooperativeMatrix, "cooperative matrix"),
        (.memoryModel, "memory model"), (.deviceScope, "device-scope memory model"),
    ]

    /// Every feature there is.
    public static let all = named.reduce(into: KernelFeatures()) { $0.formUnion($1.feature) }

    /// What the set holds, by names.
    public var names: [String] { Self.named.filter { contains($0.feature) }.map(\.name) }
}

extension KernelFeatures: Codable {
    /// Reads a list of names; those that are not known are left out.
    public init(from decoder: any Decoder) throws {
        let names = try decoder.singleValueContainer().decode([String].self)
        self = Self.named.filter { names.contains($0.name) }.reduce(into: []) { $0.formUnion($1.feature) }
    }

    /// Writes the list of names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(names)
    }
}
