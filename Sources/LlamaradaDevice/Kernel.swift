/// What a kernel does with one binding.
package struct BindingInterface: Sendable, Equatable {
    /// How a kernel touches a buffer.
    package enum Access: Sendable { case read, write, readWrite }
    /// What a buffer's 32-bit scalars are.
    package enum Scalar: Sendable { case float, integer }

    package var name: String
    package var access: Access
    package var scalar: Scalar

    package init(name: String, access: Access, scalar: Scalar) {
        self.name = name
        self.access = access
        self.scalar = scalar
    }
}

/// One value for one `constant_id`.
package struct SpecializationConstant: Sendable, Hashable {
    package var id: UInt32
    package var bits: UInt32

    package init(id: UInt32, bits: UInt32) {
        self.id = id
        self.bits = bits
    }
}

/// Invocations of a workgroup along each axis.
package struct LocalSize: Sendable, Equatable {
    package var x: Int
    package var y: Int
    package var z: Int

    package init(x: Int, y: Int, z: Int) {
        self.x = x
        self.y = y
        self.z = z
    }

    package var count: Int { x * y * z }
}

/// A generated push-constant block: 32-bit scalars only, so that Swift's layout is the block's.
package protocol KernelPush: BitwiseCopyable, Sendable {}

/// Generated specialisation constants.
package protocol KernelSpecialization: Sendable {
    var constants: [SpecializationConstant] { get }
    /// The constants' names as Swift spells them, in the order of `constants`.
    static var names: [String] { get }
    var localSize: LocalSize { get }
}

/// One axis along which a kernel is compiled several times, such as the type of its weights.
package protocol VariantAxis: CaseIterable, RawRepresentable, Sendable where RawValue == String, AllCases == [Self] {}

extension VariantAxis where Self: Equatable {
    /// The value's place in the shader's declaration.
    package var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The value that the shader declares under `name`, such as "Q4_0". A kernel without it is a programming error.
    package init(named name: String) {
        guard let value = Self(rawValue: name) else { preconditionFailure("no variant \(name) of \(Self.self)") }
        self = value
    }
}

/// Which of a kernel's compiled variants.
package protocol KernelVariant: Sendable {
    var index: Int { get }
    /// Such as "q4_0"; empty where there is only one.
    var name: String { get }
    static var all: [Self] { get }
}

/// A compute kernel with its buffers bound: what the shader compiler generates from one `.comp` file.
package protocol Kernel {
    associatedtype Push: KernelPush
    associatedtype Specialization: KernelSpecialization
    associatedtype Variant: KernelVariant

    /// The file's name without its ending: the operation's stem.
    static var stem: String { get }
    static var bindings: [BindingInterface] { get }
    /// Whether any variant uses subgroups.
    static var usesSubgroups: Bool { get }
    static func code(_ variant: Variant) -> ShaderCode
    /// Bindings that the variant reads as texels of four scalars; the others are storage buffers.
    static func texelBindings(_ variant: Variant) -> [Int]
    /// What a device must have to run the variant.
    static func requirements(_ variant: Variant) -> KernelRequirements
    var variant: Variant { get }
    /// One view a binding, in order.
    var buffers: [BufferView] { get }
}

extension Kernel {
    package static func texelBindings(_ variant: Variant) -> [Int] { [] }
}
