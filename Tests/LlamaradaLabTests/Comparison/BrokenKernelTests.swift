import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaShaders
import TestSupport
import Testing

/// Kernels that are broken on purpose are found and named, each in the first layer that runs them.
@Suite(.serialized) struct BrokenKernelTests {
    private func compare(_ kernels: [BrokenKernel], wide: Bool = false, model: String = "f16") throws
        -> ComparisonFindings
    {
        BrokenKernel.install(kernels)
        defer { BrokenKernel.install([]) }
        var request = ComparisonTests.request(model)
        request.patch = { BrokenKernel.patch(wide: wide) }
        let result = try request.compare().result
        #expect(kernels.isEmpty || BrokenKernel.usedCount > 0, "the broken kernel was not used")
        return result
    }

    private func expectCause(
        _ result: ComparisonFindings, _ kernel: String, _ point: TapPoint,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.verdict == .cause, sourceLocation: sourceLocation)
        #expect(result.firstCause?.kernel == kernel, sourceLocation: sourceLocation)
        #expect(result.firstCause?.point == point, sourceLocation: sourceLocation)
        // No other kernel is blamed for what it was handed.
        #expect(Set(result.tensors.filter(\.isCause).map(\.kernel)) == [kernel], sourceLocation: sourceLocation)
    }

    @Test(arguments: ModelFixture.few) func workgroupsOfSeveralSubgroupsAreRight(name: String) throws {
        let result = try compare([], wide: true, model: name)
        #expect(result.verdict == .agrees, "\(result.firstCause?.name ?? result.firstBeyond?.name ?? "")")
    }

    @Test func oneWrongElement() throws {
        let broken = try BrokenKernel(
            Add.self, in: "Kernels/Add.comp", "b[i];", becomes: "b[i == 17 ? 16 : i];")
        let result = try compare([broken])
        expectCause(result, "Add", TapPoint(layer: 0, .afterAttention))
        let at = try #require(result.firstCause?.alone?.at)
        // Element 17 of whichever chunk of tokens shows it worst.
        #expect(at.column == 17, "\(at)")
    }

    @Test func wrongIndexOfAWeight() throws {
        let broken = try BrokenKernel(
            RMSNorm.self, in: "Kernels/RMSNorm.comp", "weight[i];", becomes: "weight[i ^ 1];")
        expectCause(try compare([broken]), "RMSNorm", TapPoint(layer: 0, .attentionNorm))
    }

    @Test func attentionThatSeesOneTokenTooFew() throws {
        let broken = try BrokenKernel(
            Attention.self, in: "Kernels/Attention.comp", "positions[t] + 1;", becomes: "max(1, positions[t]);")
        expectCause(try compare([broken]), "Attention", TapPoint(layer: 0, .attention))
    }

    @Test func attentionThatSeesOneTokenTooFewInDecodingOnly() throws {
        let broken = try BrokenKernel(
            AttentionSplit.self, in: "Kernels/AttentionSplit.comp", "positions[t] + 1;",
            becomes: "max(1, positions[t]);")
        let result = try compare([broken])
        expectCause(result, "AttentionSplit", TapPoint(layer: 0, .attention))
        #expect(result.firstCause?.phase == .decode)
    }

    @Test func aWindowThatSeesOneTokenTooMany() throws {
        let broken = try BrokenKernel(
            Attention.self, in: "Kernels/Attention.comp", "min(count, window);", becomes: "min(count, window + 1);")
        expectCause(try compare([broken], model: "gemma3-f32"), "Attention", TapPoint(layer: 0, .attention))
    }

    @Test func rotationByAnotherTokensAngle() throws {
        let broken = try BrokenKernel(
            RoPE.self, in: "Kernels/RoPE.comp", "positions[head / heads]", becomes: "positions[0]")
        expectCause(try compare([broken]), "RoPE", TapPoint(layer: 0, .qRotated))
    }

    @Test(arguments: ["f16", "q4_0", "f32"]) func sumsInHalfPrecision(model: String) throws {
        let broken = try BrokenKernel(
            MatMul.self, in: "Kernels/MatMul.comp", "sum[j][t] += dot4(w[j], a);",
            becomes: "sum[j][t] = unpackHalf2x16(packHalf2x16(vec2(sum[j][t] + dot4(w[j], a), 0))).x;")
        expectCause(try compare([broken], model: model), "MatMul", TapPoint(layer: 0, .q))
    }

    @Test func sumsInHalfPrecisionInDecodingOnly() throws {
        let broken = try BrokenKernel(
            MatVec.self, in: "Include/MatVec.glsl", "sum[m][j][v] += dot4(w[m][j], a);",
            becomes: "sum[m][j][v] = unpackHalf2x16(packHalf2x16(vec2(sum[m][j][v] + dot4(w[m][j], a), 0))).x;")
        let result = try compare([broken])
        expectCause(result, "MatVec", TapPoint(layer: 0, .attentionOutput))
        #expect(result.firstCause?.phase == .decode)
    }

    /// A mistake in a fused kernel is found and named, and so is that the kernels which it stands for are right.
    @Test(arguments: [
        ("squares[v] += stepSquares[v];", "squares[v] += 0.999 * stepSquares[v];"),
        ("const vec4 n = norms(quadOf(step, group));", "const vec4 n = norms(group);"),
    ]) func aFusedKernel(line: String, replacement: String) throws {
        let broken = try BrokenKernel(
            RMSNormMatVec.self, in: "Include/MatVec.glsl", line, becomes: replacement)
        let result = try compare([broken])
        expectCause(result, "RMSNormMatVec", TapPoint(layer: 0, .q))
        #expect(result.firstCause?.phase == .decode)
        #expect(
            result.firstCause?.inside == [
                .init(kernel: "RMSNorm", isRight: true), .init(kernel: "MatVec", isRight: true),
            ])
    }

    /// Fused kernels whose results nobody sees are found by the bits of the logits.
    @Test func fusedSums() throws {
        let broken = try BrokenKernel(
            MatVec.self, in: "Include/MatVec.glsl", "residual[place] + result;",
            becomes: "residual[place] + 1.01 * result;")
        let result = try compare([broken])
        #expect(result.verdict == .unrepeatable && result.wrongFusions == [.sums])
    }

    @Test func fusedGates() throws {
        let broken = try BrokenKernel(
            RMSNormMatVec.self, in: "Include/MatVec.glsl", "silu(result) * sum[MATRICES - 1][j][v];",
            becomes: "silu(result) * sum[0][j][v];")
        #expect(try compare([broken]).wrongFusions == [.gates])
    }

    @Test func fusedRotations() throws {
        let broken = try BrokenKernel(
            RoPECacheWrite.self, in: "Kernels/RoPECacheWrite.comp", "table[positions[token] * pairs + unit]",
            becomes: "table[unit]")
        #expect(try compare([broken]).wrongFusions == [.rotations])
    }

    /// A mistake in what the fused kernel shares with a plain one is in both.
    @Test func insideAFusedKernel() throws {
        let fused = try BrokenKernel(
            RMSNormMatVec.self, in: "Include/MatVec.glsl", "sum[m][j][v] += dot4(w[m][j], a);",
            becomes: "sum[m][j][v] += dot4(w[m][j], a.yxzw);")
        let plain = try BrokenKernel(
            MatVec.self, in: "Include/MatVec.glsl", "sum[m][j][v] += dot4(w[m][j], a);",
            becomes: "sum[m][j][v] += dot4(w[m][j], a.yxzw);")
        let result = try compare([fused, plain])
        #expect(result.verdict == .cause && result.firstCause?.kernel == "RMSNormMatVec")
        #expect(
            result.firstCause?.inside == [
                .init(kernel: "RMSNorm", isRight: true), .init(kernel: "MatVec", isRight: false),
            ])
    }

    @Test func missingBarrierInAReduction() throws {
        let broken = try BrokenKernel(
            RMSNorm.self, in: "Include/Reduce.glsl", "barrier();", after: "reduction[gl_SubgroupID] = sum;", becomes: ""
        )
        expectCause(try compare([broken], wide: true), "RMSNorm", TapPoint(layer: 0, .attentionNorm))
        // One subgroup a workgroup needs no barrier, so nothing is wrong there.
        #expect(try compare([broken], wide: false).passes)
    }

    @Test func missingBarrierInASplitProduct() throws {
        let broken = try BrokenKernel(
            MatVec.self, in: "Include/MatVec.glsl", "barrier();", becomes: "")
        let result = try compare([broken], wide: true)
        expectCause(result, "MatVec", TapPoint(layer: 0, .attentionOutput))
        #expect(result.firstCause?.phase == .decode)
    }
}
