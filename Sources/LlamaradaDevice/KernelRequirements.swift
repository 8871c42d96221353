/// Operations among the invocations of a subgroup; the bits are those of VkSubgroupFeatureFlagBits.
package struct SubgroupOperations: OptionSet, Sendable, Hashable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let basic = SubgroupOperations(rawValue: 1 << 0)
    package static let vote = SubgroupOperations(rawValue: 1 << 1)
    package static let arithmetic = SubgroupOperations(rawValue: 1 << 2)
    package static let ballot = SubgroupOperations(rawValue: 1 << 3)
    package static let shuffle = SubgroupOperations(rawValue: 1 << 4)
    package static let shuffleRelative = SubgroupOperations(rawValue: 1 << 5)
    package static let clustered = SubgroupOperations(rawValue: 1 << 6)
    package static let quad = SubgroupOperations(rawValue: 1 << 7)

    /// What the set holds, by names.
    package var names: [String] {
        let all = ["basic", "vote", "arithmetic", "ballot", "shuffle", "relative shuffle", "clustered", "quad"]
        return all.indices.filter { contains(.init(rawValue: 1 << UInt32($0))) }.map { "subgroup \(all[$0])" }
    }
}

/// What a device has for kernels.
package struct KernelSupport: Sendable, Equatable {
    package var features: KernelFeatures
    /// In compute shaders.
    package var subgroupOperations: SubgroupOperations

    package init(features: KernelFeatures, subgroupOperations: SubgroupOperations) {
        self.features = features
        self.subgroupOperations = subgroupOperations
    }
}

/// What one variant of a kernel needs, as its SPIR-V declares it.
package struct KernelRequirements: Sendable, Equatable {
    package var features: KernelFeatures
    package var subgroupOperations: SubgroupOperations
    /// Whether the build has the variant: where its compiler did not know what it needs, no device runs it.
    package var isInBuild: Bool

    package init(
        features: KernelFeatures = [], subgroupOperations: SubgroupOperations = [], isInBuild: Bool = true
    ) {
        self.features = features
        self.subgroupOperations = subgroupOperations
        self.isInBuild = isInBuild
    }

    /// Whether the result or the speed depends on how invocations are put into subgroups.
    package var usesSubgroups: Bool { !subgroupOperations.isEmpty || features.contains(.cooperativeMatrix) }

    /// The names of what `support` lacks; empty where the kernel can run.
    package func missing(in support: KernelSupport) -> [String] {
        (isInBuild ? [] : ["compiler for it when this was built"])
            + features.subtracting(support.features).names
            + subgroupOperations.subtracting(support.subgroupOperations).names
    }
}
