import LlamaradaDevice
import Testing

/// Which variant of a kernel a device runs, from what both say.
@Suite struct VariantChoiceTests {
    private let choice = VariantChoice(
        stem: "MatMul",
        candidates: [
            .init(2, name: "Q4_0, COOPMAT", requirements: .init(features: [.cooperativeMatrix, .memoryModel])),
            .init(1, name: "Q4_0, HALF", requirements: .init(features: .float16, subgroupOperations: .shuffle)),
            .init(0, name: "Q4_0, PLAIN", requirements: .init(subgroupOperations: .basic)),
        ])

    private func support(_ features: KernelFeatures, _ operations: SubgroupOperations = [.basic, .shuffle])
        -> KernelSupport
    {
        KernelSupport(features: features, subgroupOperations: operations)
    }

    @Test func theFirstThatRuns() throws {
        #expect(try choice.choose(on: support(.all)) == 2)
        #expect(try choice.choose(on: support([.float16, .cooperativeMatrix])) == 1)
        #expect(try choice.choose(on: support(.float16, .basic)) == 0)
        #expect(try choice.choose(on: support([])) == 0)
    }

    @Test func aPreferenceComesFirst() throws {
        #expect(try choice.choose(on: support(.all), preferring: "plain") == 0)
        #expect(try choice.choose(on: support(.all), preferring: "Half") == 1)
        #expect(try choice.choose(on: support(.all), preferring: "q4_0") == 2)
    }

    @Test func aPreferenceThatCannotBeMetCountsForNothing() throws {
        #expect(try choice.choose(on: support([]), preferring: "coopmat") == 0)
        #expect(try choice.choose(on: support(.all), preferring: "dot") == 2)
    }

    @Test func whatIsMissingIsSaid() throws {
        let error = try #require(throws: DeviceError.self) { try choice.choose(on: support(.float16, [])) }
        #expect(error.code == .unsupported)
        #expect(
            error.problem
                == "MatMul: the device runs none of the variants; missing are Q4_0, COOPMAT: cooperative matrix, "
                + "memory model; Q4_0, HALF: subgroup shuffle; Q4_0, PLAIN: subgroup basic")
        let one = VariantChoice(
            stem: "Add", candidates: [.init((), name: "", requirements: .init(features: .integerDotProduct))])
        let other = try #require(throws: DeviceError.self) { try one.choose(on: support(.int8)) }
        #expect(other.problem == "Add: the device runs none of the variants; missing are integer dot product")
    }

    @Test func everyFeatureHasANameOfItsOwn() {
        #expect(Set(KernelFeatures.all.names).count == 11)
        #expect(KernelFeatures([.int8, .float16]).names == ["fp16", "int8"])
        #expect(
            SubgroupOperations([.vote, .shuffleRelative]).names == ["subgroup vote", "subgroup relative shuffle"])
        #expect(KernelRequirements(features: .all).missing(in: support([])) == KernelFeatures.all.names)
    }

    @Test func matricesOfSubgroupsUseSubgroups() {
        #expect(KernelRequirements(features: .cooperativeMatrix).usesSubgroups)
        #expect(KernelRequirements(subgroupOperations: .basic).usesSubgroups)
        #expect(!KernelRequirements(features: .float16).usesSubgroups)
    }
}
