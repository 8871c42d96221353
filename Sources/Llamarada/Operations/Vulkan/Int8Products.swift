package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

/// Products of the int8 class, which serve only after they agreed with the plain kernel's of the same rounded activations.
package enum Int8Products {
    private static let kind = "int8-products"
    /// Of what is kept; other kernels take another.
    private static let version: UInt8 = 2

    /// What is known of them without running anything.
    package static func known(_ device: Device) -> KernelProof {
        let requirements = Int8MatMul.requirements(.init(weight: .q4_0))
        guard requirements.missing(in: device.description.kernelSupport).isEmpty else { return .absent }
        return KernelProof.known(kind, version: version, of: device)
    }

    /// Whether they serve, tested now if that was not done with this driver before.
    package static func prove(_ device: Device) throws -> KernelProof {
        let known = known(device)
        guard known == .untested else { return known }
        return try KernelProof.look(kind, version: version, on: device) { try agree($0) }
    }

    /// A product of the int8 class as the device would compute it.
    package typealias Product = (
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ bytes: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) -> Void

    /// Short and long steps, with and without minima, and quants below 0.
    private static let types: [ElementType] = [.q4_0, .q8_0, .q4_K, .q6_K, .iq4_NL]

    /// Whether products are those of the plain kernel, by every tile.
    package static func agree(_ device: Device, _ multiply: @escaping Product = byDotProducts) throws -> Bool {
        for type in types {
            for (rows, columns, tokens) in [(67, 512, 1), (301, 768, 67)] {
                let problem = ProofProblem(type, rows: rows, columns: columns, tokens: tokens)
                guard try agree(problem, device, multiply) else { return false }
            }
        }
        return true
    }

    /// What serves where dot products are right.
    package static func byDotProducts(
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ bytes: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) {
        pass.matMul(weights, x, rounded: .bytes(bytes), rows: 0..<tokens, into: product)
    }

    private static func agree(
        _ problem: ProofProblem, _ device: Device, _ multiply: @escaping Product
    ) throws -> Bool {
        let weights = try problem.weights(on: device)
        let rounded = Reference.int8Rows(
            Matrix(rows: problem.tokens, columns: problem.columns, values: problem.activations))
        let plain = try problem.upload(rounded.values, on: device)
        let x = try problem.upload(problem.activations, on: device)
        let bytes = try device.allocate(
            UInt32.self, count: problem.tokens * Int8Row.wordCount(columns: problem.columns),
            name: "activations in bytes")
        let expected = try problem.product(on: device) { pass, product in
            pass.matMul(weights, plain, tokens: problem.tokens, into: product)
        }
        return try (0..<ProductTile.count).allSatisfy { tile in
            let actual = try problem.product(on: device) { pass, product in
                pass.int8Rows(x, columns: problem.columns, rows: 0..<problem.tokens, into: bytes)
                pass.tuning.forcedTile = tile
                multiply(&pass, weights, x, bytes, problem.tokens, product)
            }
            return ProofProblem.agree(expected, actual)
        }
    }
}
