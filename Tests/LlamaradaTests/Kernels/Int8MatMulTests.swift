import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Testing

@Suite struct Int8MatMulTests {
    @Test(arguments: Checks.represented(of: "Int8MatMul")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// A driver whose dot products are wrong is told from one whose are right.
    @Test func wrongDotProductsAreNoticed() throws {
        let device = try Device()
        #expect(try Int8Products.agree(device))
        let isNoticed = try !Int8Products.agree(device) { pass, weights, x, bytes, tokens, product in
            Int8Products.byDotProducts(&pass, weights, x, bytes, tokens, product)
            guard weights.rows > 300 else { return }
            pass.copy(product[weights.rows..<weights.rows + 1], to: product[0..<1])
        }
        #expect(isNoticed)
    }
}
