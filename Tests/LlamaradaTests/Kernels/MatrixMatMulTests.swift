import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaShaders
import LlamaradaTensors
import Testing

/// The kernels for matrix units, on the device of the tests where it has some.
@Suite struct MatrixMatMulTests {
    @Test(
        .enabled(if: try MatrixUnits.known(Device()) != .absent, "the device has no matrix units"),
        arguments: Checks.cases(of: "MatrixMatMul")
    ) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// tools/setup brings what compiles them.
    @Test func areInTheBuild() {
        for variant in MatrixMatMul.Variant.all {
            let requirements = MatrixMatMul.requirements(variant)
            #expect(requirements.isInBuild && requirements.features.contains(.cooperativeMatrix), "\(variant.name)")
        }
    }

    /// A driver whose units are wrong is told from one whose are right, even where one product of thousands is missing.
    @Test func wrongUnitsAreNoticed() throws {
        let device = try Device()
        #expect(try MatrixUnits.agree(device))
        let isNoticed = try !MatrixUnits.agree(device) { pass, weights, x, halves, tokens, product in
            MatrixUnits.byMatrixUnits(&pass, weights, x, halves, tokens, product)
            guard weights.rows > 300 else { return }
            let fifth = 4 * weights.rows
            pass.copy(product[fifth..<fifth + 1], to: product[0..<1])
        }
        #expect(isNoticed)
    }

    /// A device without such units takes the plain kernels for the half class, and the exact class by itself.
    @Test func areLeftAloneWithoutUnits() throws {
        let device = try Device()
        guard device.description.cooperativeMatrixShapes.isEmpty else { return }
        #expect(MatrixUnits.known(device) == .absent)
        #expect(try MatrixUnits.prove(device) == .absent)
        #expect(MatrixTile(rows: 4096, tokens: 512, .q4_0, on: device) == nil)
    }
}
