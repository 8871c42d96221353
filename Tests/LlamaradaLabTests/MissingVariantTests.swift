import LlamaradaDevice
import LlamaradaLab
import LlamaradaShaders
import Testing

/// Which kernels a device does without.
@Suite struct MissingVariantTests {
    @Test func everyKernelIsKnown() {
        let stems = AllKernels.types.map { $0.stem }
        #expect(stems == stems.sorted() && Set(stems).count == stems.count)
        #expect(stems.contains("MatVec") && stems.contains("Attention"))
    }

    @Test func aDeviceWithEverythingLacksNothing() {
        let support = KernelSupport(features: .all, subgroupOperations: .init(rawValue: .max))
        #expect(MissingVariant.all(on: support) == [])
        #expect(MissingVariant.lines([]) == [])
    }

    @Test func whatADeviceLacksIsNamed() {
        let support = KernelSupport(features: .all, subgroupOperations: .basic)
        let all = MissingVariant.all(on: support)
        #expect(all.contains { $0.kernel == "Argmax" && $0.missing == ["subgroup arithmetic"] })
        #expect(all.filter { $0.kernel == "Attention" }.map(\.variant) == [""])
        let texels = MatMul.Variant.all.map(\.name).filter { $0.hasSuffix("TEXELS") }
        #expect(all.filter { $0.kernel == "MatMul" }.map(\.variant) == texels)
        #expect(!all.contains { $0.kernel == "Add" })
    }

    @Test func thoseThatLackTheSameAreOneLine() {
        let all = [
            MissingVariant(kernel: "MatMul", variant: "Q4_0", missing: ["fp16", "cooperative matrix"]),
            MissingVariant(kernel: "Add", variant: "", missing: ["int8"]),
            MissingVariant(kernel: "MatMul", variant: "Q8_0", missing: ["fp16", "cooperative matrix"]),
        ]
        #expect(
            MissingVariant.lines(all) == [
                "MatMul (Q4_0), MatMul (Q8_0): no fp16, no cooperative matrix", "Add: no int8",
            ])
    }
}
