package import LlamaradaDevice
import LlamaradaShaders
import LlamaradaTensors
import LlamaradaThreads

/// Whether a device's matrix units give what they should. Drivers that do not are what users of GPUs complain about most: no
/// product goes through them before some agreed with those of the plain kernel, on the same device.
package enum MatrixUnits: UInt8, Sendable {
    /// There are none, or this build has no kernels for them.
    case absent = 0
    /// Their products are right.
    case proven = 1
    /// Their products are wrong, or the driver failed over them.
    case wrong = 2
    /// Nobody has looked yet.
    case untested = 3

    /// What is known of them without running anything.
    package static func known(_ device: Device) -> MatrixUnits {
        guard isCandidate(device) else { return .absent }
        let bytes = PipelineCacheFile(notes: kind, of: device.description)?.read() ?? []
        guard bytes.count == 2, bytes[0] == version, let found = MatrixUnits(rawValue: bytes[1]),
            found == .proven || found == .wrong
        else { return .untested }
        return found
    }

    /// Whether they serve, tested now if that was not done with this driver before.
    package static func prove(_ device: Device) throws -> MatrixUnits {
        let known = known(device)
        guard known == .untested else { return known }
        let notes = PipelineCacheFile(notes: kind, of: device.description)
        // A driver that hangs, crashes or loses the device over them is not asked again.
        notes?.write([version, MatrixUnits.wrong.rawValue])
        do {
            let found: MatrixUnits = try agree(device) ? .proven : .wrong
            notes?.write([version, found.rawValue])
            return found
        } catch let error as DeviceError where error.code == .outOfMemory {
            // Says nothing of them.
            notes?.write([version, MatrixUnits.untested.rawValue])
            return .untested
        }
    }

    private static let kind = "matrix-units"
    /// Of what is kept; other kernels take another.
    private static let version: UInt8 = 1

    private static func isCandidate(_ device: Device) -> Bool {
        MatrixTile(rows: 128, tokens: 128, .q4_0, on: device) != nil
            && MatrixMatMul.requirements(.init(weight: .q4_0)).missing(in: device.description.kernelSupport).isEmpty
    }
}

extension MatrixUnits {
    /// Rows, columns and tokens, none of them round: less than one tile, and more than one of the largest.
    private static let problems = [
        (rows: 67, columns: 512, tokens: 1), (rows: 259, columns: 768, tokens: 19),
        (rows: 301, columns: 1024, tokens: 261),
    ]
    /// Short and long steps, with and without minima, and plain f16.
    private static let types: [ElementType] = [.q4_0, .q4_K, .q6_K, .f16]
    /// Of the largest product. Both kernels add the same numbers in f32, in different orders.
    private static let tolerance: Float = 1e-4

    /// A product of the half class as the device would compute it.
    package typealias Product = (
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ halves: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) -> Void

    /// Whether products are those of the plain kernel.
    package static func agree(_ device: Device, _ multiply: @escaping Product = byMatrixUnits) throws -> Bool {
        for type in types {
            for problem in problems {
                do {
                    for tile in 0..<MatrixTile.count {
                        guard try agree(type, problem, tile, device, multiply) else { return false }
                    }
                } catch let error as DeviceError where [.unsupported, .failed].contains(error.code) {
                    return false
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
        pass.matMul(weights, x, halves: halves, rows: 0..<tokens, into: product)
    }

    private static func plainly(
        _ pass: inout Pass, _ weights: WeightMatrix, _ x: View<Float>, _ halves: View<UInt32>, _ tokens: Int,
        _ product: View<Float>
    ) {
        pass.tuning.usesMatrixUnits = false
        pass.matMul(weights, x, halves: halves, rows: 0..<tokens, into: product)
    }

    private static func agree(
        _ type: ElementType, _ problem: (rows: Int, columns: Int, tokens: Int), _ tile: Int, _ device: Device,
        _ multiply: @escaping Product
    ) throws -> Bool {
        let (rows, columns, tokens) = problem
        let staging = StagingRing(device)
        let weights = try WeightMatrix(
            type, rows: rows, columns: columns, name: "weights to prove matrix units by", on: device, staging: staging,
            team: .forLoading
        ) { range, bytes in
            // Bits that make no scale infinite: of two bytes none is above 0x3F.
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: (index &+ range.lowerBound) &* 167 >> 2) & 0x3F
            }
        }
        try staging.finish()
        let x = try device.allocate(Float.self, count: tokens * columns, name: "activations")
        // Rows of several factors, so that a token that is given another's shows.
        let values = (0..<tokens * columns).map { index in
            Float(sign: .plus, exponent: index / columns % 5, significand: 1) * Float(index * 37 % 61 - 30) / 32
        }
        try device.upload(values, to: x)
        let halves = try device.allocate(
            UInt32.self, count: HalfRow.roomCount(rows: tokens, columns: columns), name: "activations in f16")
        let products = try [plainly, multiply].map { multiply in
            let product = try device.allocate(Float.self, count: tokens * rows, name: "products")
            try device.upload(Array(repeating: Float.nan, count: tokens * rows), to: product)
            var pass = Pass(device)
            pass.scope = "proof of matrix units"
            pass.tuning.forcedTile = tile
            pass.halfRows(x, columns: columns, rows: 0..<tokens, into: halves)
            multiply(&pass, weights, x, halves, tokens, product)
            try device.run(pass)
            return try device.download(product)
        }
        let largest = products[0].reduce(0) { max($0, $1.magnitude) }
        return largest.isNormal
            && zip(products[0], products[1]).allSatisfy { abs($0 - $1) <= tolerance * largest }
    }
}
