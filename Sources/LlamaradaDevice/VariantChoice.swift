/// Variants of a kernel that compute the same, the best first, of which a device runs the first that it can.
package struct VariantChoice<Variant: Sendable>: Sendable {
    /// One of the variants and what it needs.
    package struct Candidate: Sendable {
        package var variant: Variant
        /// The values of its axes, apart by commas, such as "Q4_0, COOPMAT".
        package var name: String
        package var requirements: KernelRequirements

        package init(_ variant: Variant, name: String, requirements: KernelRequirements) {
            self.variant = variant
            self.name = name
            self.requirements = requirements
        }

        /// Whether `name` is one of the candidate's values, upper and lower case alike.
        func isCalled(_ wanted: String) -> Bool {
            name.split(separator: ",").contains { $0.drop { $0 == " " }.lowercased() == wanted.lowercased() }
        }
    }

    /// The kernel's stem, for errors.
    package var stem: String
    package var candidates: [Candidate]

    package init(stem: String, candidates: [Candidate]) {
        self.stem = stem
        self.candidates = candidates
    }

    /// Some of a kernel's variants, the best first.
    package init<K: Kernel>(_ kernel: K.Type, _ variants: [K.Variant]) where K.Variant == Variant {
        stem = K.stem
        candidates = variants.map { Candidate($0, name: $0.name, requirements: K.requirements($0)) }
    }

    /// The first candidate that runs on `support`, one called `preference` before all others.
    ///
    /// - Parameter preference: a value of an axis, such as "coopmat". Where no candidate of that name runs, it counts for
    ///   nothing.
    /// - Throws: `DeviceError` with code `.unsupported` where none runs.
    package func choose(on support: KernelSupport, preferring preference: String? = nil) throws(DeviceError) -> Variant
    {
        let runnable = candidates.filter { $0.requirements.missing(in: support).isEmpty }
        let preferred = preference.flatMap { name in runnable.first { $0.isCalled(name) } }
        if let chosen = preferred ?? runnable.first { return chosen.variant }
        let reasons = candidates.map { candidate in
            (candidate.name.isEmpty ? "" : "\(candidate.name): ")
                + candidate.requirements.missing(in: support).joined(separator: ", ")
        }
        throw DeviceError(
            .unsupported,
            "\(stem): the device runs none of the variants; missing are \(reasons.joined(separator: "; "))")
    }
}
