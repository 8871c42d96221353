import Foundation

/// One variant with its SPIR-V and interface.
struct CompiledVariant {
    var variant: ShaderVariant
    var words: [UInt32]
    var interface: KernelInterface
    var requirements: ShaderRequirements
    /// Bindings that are read as texels: the same buffers by another way.
    var texelBindings: [UInt32]
}

/// Writes the Swift struct that is a kernel's typed interface.
///
/// Buffers become properties by name and access, the push-constant block and the specialisation constants become
/// structs, and the SPIR-V becomes base64 text: one token to the Swift compiler, where an array literal of the same
/// words takes seconds.
struct SwiftEmitter {
    private let source: ShaderSource
    private let variants: [CompiledVariant]
    /// Variants share one Swift type, and so one interface; they may differ in what they need of a device.
    private let interface: KernelInterface

    /// Whether the variants can run: else the kernel has its interface alone.
    private let isInBuild: Bool

    init(source: ShaderSource, variants: [CompiledVariant], isInBuild: Bool) throws {
        guard let first = variants.first else { throw ShaderError(source.path, "no variant to compile") }
        self.source = source
        self.variants = variants
        self.isInBuild = isInBuild
        interface = first.interface
        for other in variants where other.interface != interface {
            throw ShaderError(
                source.path,
                "variant \(other.variant.values.joined(separator: ", ")) has another interface than the first")
        }
    }

    func text() -> String {
        var lines = [
            "// Generated from \(source.stem).comp. Do not edit.",
            "package import LlamaradaDevice",
            "",
        ]
        lines +=
            source.documentation.isEmpty
            ? ["/// The kernel \(source.stem)."] : source.documentation.map { $0.isEmpty ? "///" : "/// \($0)" }
        lines += ["package struct \(source.stem): Kernel {"]
        lines += indent(variantType() + [""] + pushType() + [""] + specializationType() + [""] + members())
        lines += ["}", ""]
        return lines.joined(separator: "\n")
    }

    // MARK: Variant

    private func variantType() -> [String] {
        var lines: [String] = []
        for axis in source.axes {
            lines += ["/// Compiled once for each value of \(axis.name)."]
            lines += ["package enum \(typeName(axis)): String, VariantAxis {"]
            lines += axis.values.map { "    case \($0.lowercased()) = \"\($0)\"" }
            lines += ["}", ""]
        }
        lines += ["/// Which of the \(variants.count) compiled variants.", "package struct Variant: KernelVariant {"]
        lines += source.axes.map { "    package var \(propertyName($0)): \(typeName($0))" }
        let parameters = source.axes.map { "\(propertyName($0)): \(typeName($0))" }.joined(separator: ", ")
        let assignments = source.axes.map { "self.\(propertyName($0)) = \(propertyName($0))" }.joined(separator: "; ")
        lines += ["    package init(\(parameters)) { \(assignments) }"]
        let index = source.axes.reduce("0") { "(\($0)) * \($1.values.count) + \(propertyName($1)).ordinal" }
        lines += ["    package var index: Int { \(index) }"]
        lines += ["    package var name: String {"]
        lines += ["        let names: [String] = [\(source.axes.map(spokenName).joined(separator: ", "))]"]
        lines += ["        return names.filter { !$0.isEmpty }.joined(separator: \", \")", "    }"]
        lines += ["    package static var all: [Variant] {"]
        let fields = source.axes.map { "\(propertyName($0)): \(propertyName($0))" }.joined(separator: ", ")
        let loops = source.axes.reversed().reduce("[Variant(\(fields))]") { inner, axis in
            "\(typeName(axis)).allCases.flatMap { \(propertyName(axis)) in \(inner) }"
        }
        lines += ["        \(loops)", "    }", "}"]
        return lines
    }

    /// An expression for what an axis adds to a variant's name.
    private func spokenName(_ axis: VariantAxis) -> String {
        let property = propertyName(axis)
        let unnamed = axis.unnamed.sorted().map { "\(property).rawValue == \"\($0)\"" }
        return unnamed.isEmpty
            ? "\(property).rawValue" : "\(unnamed.joined(separator: " || ")) ? \"\" : \(property).rawValue"
    }

    private func typeName(_ axis: VariantAxis) -> String {
        axis.name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined()
    }

    private func propertyName(_ axis: VariantAxis) -> String {
        let name = typeName(axis)
        return name.prefix(1).lowercased() + name.dropFirst()
    }

    // MARK: Push constants and specialisation

    private func pushType() -> [String] {
        let fields = interface.push
        return ["/// The push-constant block.", "package struct Push: KernelPush {"]
            + fields.map { "    package var \($0.name): \($0.type)" }
            + initializer(fields.map { ($0.name, $0.type, nil) })
            + ["}"]
    }

    private func specializationType() -> [String] {
        let fields = interface.specialization
        let names = fields.map { "\"\(camel($0.name))\"" }
        return [
            "/// The specialisation constants and their defaults.",
            "package struct Specialization: KernelSpecialization {",
        ]
            + fields.map { "    package var \(camel($0.name)): \($0.type)" }
            + initializer(fields.map { (camel($0.name), $0.type, literal($0)) })
            + ["    package var constants: [SpecializationConstant] {"]
            + ["        [\(fields.map { ".init(id: \($0.id), bits: \(bits($0)))" }.joined(separator: ", "))]", "    }"]
            + ["    package static let names: [String] = [\(names.joined(separator: ", "))]"]
            + ["    package var localSize: LocalSize {"]
            + ["        LocalSize(x: \(extent(0)), y: \(extent(1)), z: \(extent(2)))", "    }", "}"]
    }

    private func initializer(_ fields: [(name: String, type: String, value: String?)]) -> [String] {
        let parameters = fields.map { "\($0.name): \($0.type)" + ($0.value.map { " = \($0)" } ?? "") }
        let assignments = fields.map { "self.\($0.name) = \($0.name)" }
        return ["    package init(\(parameters.joined(separator: ", "))) { \(assignments.joined(separator: "; ")) }"]
    }

    private func literal(_ scalar: KernelInterface.Scalar) -> String {
        switch scalar.type {
        case "Float": "\(Float(bitPattern: scalar.defaultBits))"
        case "Bool": scalar.defaultBits == 0 ? "false" : "true"
        default: "\(scalar.defaultBits)"
        }
    }

    private func bits(_ scalar: KernelInterface.Scalar) -> String {
        switch scalar.type {
        case "Float": "\(camel(scalar.name)).bitPattern"
        case "Bool": "\(camel(scalar.name)) ? 1 : 0"
        case "Int32": "UInt32(bitPattern: \(camel(scalar.name)))"
        default: camel(scalar.name)
        }
    }

    private func extent(_ axis: Int) -> String {
        switch interface.localSize[axis] {
        case .literal(let size): return "\(size)"
        case .specialized(let id):
            return interface.specialization.first { $0.id == id }.map { "Int(\(camel($0.name)))" } ?? "1"
        }
    }

    /// `ROWS_PER_LANE` becomes `rowsPerLane`.
    private func camel(_ name: String) -> String {
        let words = name.lowercased().split(separator: "_")
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    // MARK: The kernel itself

    private func members() -> [String] {
        let bindings = interface.bindings
        let interfaces = bindings.map { binding in
            let scalar = binding.element.contains("Float") ? ".float" : ".integer"
            return ".init(name: \"\(binding.name)\", access: \(access(binding)), scalar: \(scalar))"
        }.joined(separator: ", ")
        let hasVariants = !source.axes.isEmpty
        let parameters =
            (hasVariants ? ["_ variant: Variant"] : [])
            + bindings.map { "\($0.name): \(binder($0))<\($0.element)>" }
        var lines = ["package static let stem = \"\(source.stem)\""]
        lines += ["package static let bindings: [BindingInterface] = [\(interfaces)]"]
        lines += [
            "package static let usesSubgroups = \(variants.contains { !$0.requirements.subgroupOperations.isEmpty })"
        ]
        lines += ["package let variant: Variant", "package let buffers: [BufferView]", ""]
        lines += ["package init(\(parameters.joined(separator: ", "))) {"]
        lines += ["    self.variant = \(hasVariants ? "variant" : "Variant()")"]
        lines += ["    self.buffers = [\(bindings.map { "\($0.name).view" }.joined(separator: ", "))]", "}", ""]
        lines += ["package static func code(_ variant: Variant) -> ShaderCode {", "    switch variant.index {"]
        for (index, variant) in variants.enumerated() {
            let label = index == variants.count - 1 ? "default" : "case \(index)"
            lines += ["    \(label): return ShaderCode(base64: \"\(isInBuild ? base64(variant.words) : "")\")"]
        }
        return lines + ["    }", "}", ""] + texelBindings() + requirements()
    }

    /// Nothing where no variant has some.
    private func texelBindings() -> [String] {
        guard variants.contains(where: { !$0.texelBindings.isEmpty }) else { return [] }
        var lines = ["package static func texelBindings(_ variant: Variant) -> [Int] {", "    switch variant.index {"]
        for (index, variant) in variants.enumerated() where !variant.texelBindings.isEmpty {
            lines += ["    case \(index): return \(variant.texelBindings)"]
        }
        return lines + ["    default: return []", "    }", "}", ""]
    }

    private func requirements() -> [String] {
        var lines = ["package static func requirements(_ variant: Variant) -> KernelRequirements {"]
        guard isInBuild else { return lines + ["    .init(isInBuild: false)", "}"] }
        if variants.allSatisfy({ $0.requirements == variants[0].requirements }) {
            return lines + ["    \(literal(variants[0].requirements))", "}"]
        }
        lines += ["    switch variant.index {"]
        for (index, variant) in variants.enumerated() {
            let label = index == variants.count - 1 ? "default" : "case \(index)"
            lines += ["    \(label): return \(literal(variant.requirements))"]
        }
        return lines + ["    }", "}"]
    }

    private func literal(_ requirements: ShaderRequirements) -> String {
        let features = requirements.features.map { ".\($0)" }.joined(separator: ", ")
        let operations = requirements.subgroupOperations.map { ".\($0)" }.joined(separator: ", ")
        return "KernelRequirements(features: [\(features)], subgroupOperations: [\(operations)])"
    }

    private func access(_ binding: KernelInterface.Binding) -> String {
        binding.reads ? (binding.writes ? ".readWrite" : ".read") : ".write"
    }

    private func binder(_ binding: KernelInterface.Binding) -> String {
        binding.reads ? (binding.writes ? "ReadWrite" : "Read") : "Write"
    }

    private func base64(_ words: [UInt32]) -> String {
        words.withUnsafeBytes { Data($0) }.base64EncodedString()
    }

    private func indent(_ lines: [String]) -> [String] {
        lines.map { $0.isEmpty ? $0 : "    " + $0 }
    }
}
