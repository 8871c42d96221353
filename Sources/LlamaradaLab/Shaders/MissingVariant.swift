package import LlamaradaDevice
import LlamaradaShaders

/// A variant of a kernel that a device cannot run.
package struct MissingVariant: Sendable, Equatable {
    /// The kernel's stem, such as "MatMul".
    package var kernel: String
    /// Such as "Q4_0"; empty where all lack the same, or there is only one.
    package var variant: String
    /// What the device lacks, by names.
    package var missing: [String]

    package init(kernel: String, variant: String, missing: [String]) {
        self.kernel = kernel
        self.variant = variant
        self.missing = missing
    }

    /// Such as "MatMul (Q4_0)".
    package var name: String { variant.isEmpty ? kernel : "\(kernel) (\(variant))" }

    /// Every variant that a device of `support` does without.
    package static func all(on support: KernelSupport) -> [MissingVariant] {
        AllKernels.types.flatMap { list(of: $0, on: support) }
    }

    /// The variants of one kernel that a device of `support` does without, as one where that is all of them.
    package static func list<K: Kernel>(of kernel: K.Type, on support: KernelSupport) -> [MissingVariant] {
        let lacks = K.Variant.all.map { (name: $0.name, missing: K.requirements($0).missing(in: support)) }
        if let first = lacks.first, lacks.allSatisfy({ $0.missing == first.missing }) {
            return first.missing.isEmpty
                ? [] : [MissingVariant(kernel: K.stem, variant: "", missing: first.missing)]
        }
        return lacks.filter { !$0.missing.isEmpty }.map {
            MissingVariant(kernel: K.stem, variant: $0.name, missing: $0.missing)
        }
    }

    /// One line for each set of what is lacked: "MatMul (Q4_0), MatMul (Q4_1): no cooperative matrix".
    package static func lines(_ all: [MissingVariant]) -> [String] {
        var order: [[String]] = []
        var names: [[String]: [String]] = [:]
        for one in all {
            if names[one.missing] == nil { order.append(one.missing) }
            names[one.missing, default: []].append(one.name)
        }
        return order.map { missing in
            let who = names[missing, default: []].joined(separator: ", ")
            return "\(who): no \(missing.joined(separator: ", no "))"
        }
    }
}
