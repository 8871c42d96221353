import LlamaradaDevice
import LlamaradaTensors
import LlamaradaThreads

/// A product by which kernels are proved on a device.
struct ProofProblem {
    let type: ElementType
    let rows: Int
    let columns: Int
    let tokens: Int

    /// Of the largest product. Both kernels add the same numbers in f32, in different orders.
    private static let tolerance: Float = 1e-4

    init(_ type: ElementType, rows: Int, columns: Int, tokens: Int) {
        self.type = type
        (self.rows, self.columns, self.tokens) = (rows, columns, tokens)
    }

    func weights(on device: Device) throws -> WeightMatrix {
        let staging = StagingRing(device)
        let weights = try WeightMatrix(
            type, rows: rows, columns: columns, name: "weights to prove kernels by", on: device, staging: staging,
            team: .forLoading
        ) { range, bytes in
            // Bits that make no scale infinite: of two bytes none is above 0x3F.
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: (index &+ range.lowerBound) &* 167 >> 2) & 0x3F
            }
        }
        try staging.finish()
        return weights
    }

    /// (tokens, columns): rows of several factors, so that a token that is given another's shows.
    var activations: [Float] {
        (0..<tokens * columns).map { index in
            Float(sign: .plus, exponent: index / columns % 5, significand: 1) * Float(index * 37 % 61 - 30) / 32
        }
    }

    func upload(_ values: [Float], on device: Device) throws -> View<Float> {
        let view = try device.allocate(Float.self, count: values.count, name: "activations")
        try device.upload(values, to: view)
        return view
    }

    /// What a pass makes of a product's buffer, (tokens, rows), that was full of NaN.
    func product(on device: Device, _ record: (inout Pass, View<Float>) -> Void) throws -> [Float] {
        let product = try upload(Array(repeating: .nan, count: tokens * rows), on: device)
        var pass = Pass(device)
        pass.scope = "proof of kernels"
        record(&pass, product)
        try device.run(pass)
        return try device.download(product)
    }

    /// Whether two products are the same but for the order of sums.
    static func agree(_ a: [Float], _ b: [Float]) -> Bool {
        let largest = a.reduce(0) { max($0, $1.magnitude) }
        return largest.isNormal && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * largest }
    }
}
