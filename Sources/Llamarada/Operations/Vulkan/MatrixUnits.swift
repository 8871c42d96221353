package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors

/// Products of the half class by a device's matrix units, which serve only after they agreed with those of the plain kernel.
package enum MatrixUnits {
    /// What is known of them without running anything.
    package static func known(_ device: Device) -> KernelProof {
        isCandidate(device) ? KernelProof.known(kind, version: version, of: device) : .absent
    }

    /// Whether they serve, tested now if that was not done with this driver before.
    package static func prove(_ device: Device) throws -> KernelProof {
        let known = known(device)
        guard known == .untested else { return known }
        return try KernelProof.look(kind, version: version, on: device) { try agree($0) }
    }

    private static let kind = "matrix-units"
    /// Of what is kept; other kernels take another.
    private static let version: UInt8 = 5

    private static func isCandidate(_ device: Device) -> Bool {
        MatrixTile(rows: 128, tokens: 128, .q4_0, on: device) != nil
            && MatrixMatMul.requirements(.init(weight: .q4_0)).missing(in: device.description.kernelSupport).isEmpty
    }
}

extension MatrixUnits {
    /// Rows, columns and tokens: less than one tile, and more than one of the largest.
    private static let shapes = [
        (rows: 67, columns: 512, tokens: 1), (rows: 259, columns: 768, tokens: 19),
        (rows: 301, columns: 1024, tokens: 261),
    ]
    /// Short and long steps, with and without minima, and plain f16; and how many columns more they have, so that the last slab
    /// is not whole: of 64 columns, and for f16 of 32, too. That of the other two always is.
    private static let types: [(type: ElementType, more: Int)] = [(.q4_0, 32), (.q4_K, 0), (.q6_K, 0), (.f16, 40)]

    /// A product of the half class as the device would compute it.
    package typealias Product = (
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ halves: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) -> Void

    /// Whether products are those of the plain kernel.
    package static func agree(_ device: Device, _ multiply: @escaping Product = byMatrixUnits) throws -> Bool {
        for (type, more) in types {
            for (rows, columns, tokens) in shapes {
                let problem = ProofProblem(type, rows: rows, columns: columns + more, tokens: tokens)
                for tile in 0..<MatrixTile.count {
                    guard try agree(problem, tile, device, multiply) else { return false }
                }
            }
        }
        return true
    }

    /// What serves where the units are right.
    package static func byMatrixUnits(
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ halves: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) {
        pass.tuning.usesMatrixUnits = true
        pass.matMul(weights, x, rounded: .halves(halves), rows: 0..<tokens, into: product)
    }

    private static func plainly(
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ halves: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) {
        pass.tuning.usesMatrixUnits = false
        pass.matMul(weights, x, rounded: .halves(halves), rows: 0..<tokens, into: product)
    }

    private static func agree(
        _ problem: ProofProblem, _ tile: Int, _ device: Device, _ multiply: @escaping Product
    ) throws -> Bool {
        let weights = try problem.weights(on: device)
        let x = try problem.upload(problem.activations, on: device)
        let halves = try device.allocate(
            UInt32.self, count: HalfPanels.roomCount(rows: problem.tokens, columns: problem.columns),
            name: "activations in f16")
        let products = try [plainly, multiply].map { multiply in
            try problem.product(on: device) { pass, product in
                pass.tuning.forcedTile = tile
                pass.halfRows(x, columns: problem.columns, rows: 0..<problem.tokens, into: halves)
                multiply(&pass, weights, x, halves, problem.tokens, product)
            }
        }
        return ProofProblem.agree(products[0], products[1])
    }
}
