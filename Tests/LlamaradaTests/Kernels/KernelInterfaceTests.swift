import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaShaders
import LlamaradaTensors
import Testing

/// What the build generates from the kernels.
@Suite struct KernelInterfaceTests {
    private func access(_ bindings: [BindingInterface]) -> [String] { bindings.map { "\($0.name) \($0.access)" } }

    @Test func bindingsAreNamedAndTyped() {
        #expect(access(MatVec.bindings) == ["words read", "x read", "residual read", "product write"])
        #expect(access(Embedding.bindings) == ["words read", "tokens read", "chosen read", "embedding write"])
        #expect(access(RoPE.bindings) == ["x readWrite", "table read", "positions read"])
        #expect(
            access(Attention.bindings) == [
                "q read", "keys read", "values read", "positions read", "tables read", "pages read", "attended write",
            ])
        #expect(access(MatrixAttention.bindings) == access(Attention.bindings))
        #expect(
            access(AttentionSplit.bindings) == [
                "q read", "keys read", "values read", "positions read", "tables read", "pages read", "partials write",
                "attended write",
            ])
    }

    @Test func pushConstantsAreTheBlocks() {
        #expect(MemoryLayout<MatVec.Push>.size == 68)
        #expect(MemoryLayout<MatMul.Push>.size == 40)
        #expect(MemoryLayout<Attention.Push>.size == 28 && MemoryLayout<MatrixAttention.Push>.size == 28)
        let push = RMSNorm.Push(rows: 3, columns: 5, epsilon: 0.5)
        let words = withUnsafeBytes(of: push) { Array($0.bindMemory(to: UInt32.self)) }
        #expect(words == [3, 5, Float(0.5).bitPattern])
    }

    @Test func specializationGivesTheLocalSize() {
        let specialization = MatVec.Specialization(lanes: 16, splits: 4, rowsPerLane: 2, aligned: false)
        #expect(specialization.localSize == LocalSize(x: 16, y: 4, z: 1))
        let ids = specialization.constants.map(\.id)
        #expect(ids == Array(0..<8) && specialization.constants.map(\.bits) == [16, 4, 2, 0, 0, 1, 0, 1])
        #expect(MatVec.Specialization().constants.map(\.bits) == [32, 1, 1, 1, 0, 1, 0, 1])
    }

    @Test func variantsAreTheFormatsOfFiles() {
        let names = Set(ElementType.allCases.map(\.name))
        // Read from a buffer, which goes without saying, or as texels.
        let both = names.union(names.map { "\($0), TEXELS" })
        #expect(Set(MatVec.Variant.all.map(\.name)) == both)
        #expect(Set(MatMul.Variant.all.map(\.name)) == both)
        #expect(MatVec.Variant.all.allSatisfy { MatVec.texelBindings($0) == ($0.fetch == .texels ? [0, 1] : []) })
        #expect(Set(Embedding.Variant.all.map(\.name)) == names)
        let caches = KVCacheType.allCases.map { $0.rawValue.uppercased() }
        #expect(CacheWrite.Variant.all.map(\.name) == caches)
        let cachePairs = caches.flatMap { keys in caches.map { "\(keys), \($0)" } }
        #expect(Set(Attention.Variant.all.map(\.name)) == Set(cachePairs + cachePairs.map { "\($0), TEXELS" }))
        #expect(Set(MatrixAttention.Variant.all.map(\.name)) == Set(cachePairs))
        #expect(Add.Variant.all.map(\.name) == [""])
    }

    @Test func subgroupUseIsKnown() {
        #expect(
            MatVec.usesSubgroups && RMSNorm.usesSubgroups && Argmax.usesSubgroups && Attention.usesSubgroups
                && MatMul.usesSubgroups && SampleToken.usesSubgroups)
        #expect(!Add.usesSubgroups)
    }

    @Test func everyVariantIsSPIRV() {
        func check<K: Kernel>(_ kernel: K.Type) {
            #expect(K.Variant.all.map(\.index) == Array(0..<K.Variant.all.count), "\(K.stem)")
            for variant in K.Variant.all {
                let words = K.code(variant).words
                #expect(words.first == 0x0723_0203 && words.count > 100, "\(K.stem) \(variant.name)")
            }
            #expect(Set(K.Variant.all.map { K.code($0).words }).count == K.Variant.all.count, "\(K.stem)")
        }
        check(Add.self)
        check(Argmax.self)
        check(Attention.self)
        check(MatrixAttention.self)
        check(AttentionSplit.self)
        check(AttentionCombine.self)
        check(CacheWrite.self)
        check(Embedding.self)
        check(MatMul.self)
        check(MatVec.self)
        check(RMSNorm.self)
        check(RoPE.self)
        check(LogitChanges.self)
        check(SampleToken.self)
        check(SwiGLU.self)
        check(TopK.self)
        check(GeGLU.self)
        check(Scale.self)
    }
}
