import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaShaders
import Testing

/// Attention by matrix units, on the device of the tests where it has some.
@Suite struct MatrixAttentionTests {
    @Test(
        .enabled(if: try AttentionUnits.known(Device(), headDim: 64) != .absent, "the device has no matrix units"),
        arguments: Checks.cases(of: "MatrixAttention")
    ) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// tools/setup brings what compiles them.
    @Test func isInTheBuild() {
        for variant in MatrixAttention.Variant.all {
            let requirements = MatrixAttention.requirements(variant)
            #expect(requirements.isInBuild && requirements.features.contains(.cooperativeMatrix), "\(variant.name)")
        }
    }

    /// Each head dimension is another kernel.
    @Test(
        .enabled(if: try AttentionUnits.known(Device(), headDim: 64) != .absent, "the device has no matrix units"),
        arguments: [64, 80, 96, 128, 256]
    ) func rightAttentionAgrees(headDim: Int) throws {
        let device = try Device()
        #expect(AttentionUnits.known(device, headDim: headDim) != .absent)
        #expect(try AttentionUnits.agree(device, headDim: headDim))
    }

    /// One element of thousands that is another's is noticed.
    @Test func wrongAttentionIsNoticed() throws {
        let device = try Device()
        #expect(try AttentionUnits.agree(device, headDim: 128) && AttentionUnits.agree(device, headDim: 64))
        let isNoticed = try !AttentionUnits.agree(device, headDim: 128) { pass, inputs, first, attended in
            AttentionUnits.byMatrixUnits(&pass, inputs, first, attended)
            pass.copy(
                attended[attended.count - 1..<attended.count], to: attended[attended.count - 9..<attended.count - 8])
        }
        #expect(isNoticed)
        // A row that is only a little off behind others.
        let companyIsNoticed = try !AttentionUnits.agree(device, headDim: 64) { pass, inputs, first, attended in
            AttentionUnits.byMatrixUnits(&pass, inputs, first, attended)
            if first == 0 { pass.scale(attended, by: 1.0001) }
        }
        #expect(companyIsNoticed)
    }

    /// A device without such units takes the plain kernel for the half class.
    @Test(.enabled(if: try Device().description.cooperativeMatrixShapes.isEmpty, "the device has matrix units"))
    func isLeftAloneWithoutUnits() throws {
        let device = try Device()
        #expect(AttentionUnits.known(device, headDim: 128) == .absent)
        #expect(try AttentionUnits.prove(device, headDim: 128) == .absent)
        #expect(AttentionTile(headDim: 128, on: device) == nil)
    }
}
