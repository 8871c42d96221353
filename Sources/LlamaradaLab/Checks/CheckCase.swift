package import Llamarada
package import LlamaradaDevice

/// One operation, variant and shape to be checked on a device.
package struct CheckCase: Sendable, CustomStringConvertible {
    /// The operation's stem, such as "MatVec".
    package var operation: String
    /// The kernel's variant, such as "Q4_0"; empty where there is one.
    package var variant: String
    /// Sizes, and what is special about the inputs.
    package var shape: String
    package var precision = PrecisionClass.exact
    package var bound: ErrorBound
    /// Needs hundreds of megabytes.
    package var isLarge = false
    /// Whether tiles and splits change how it runs.
    package var dependsOnTuning = true
    /// Whether a device can run it: nearly all can, but for kernels of units that few have.
    package var isPossible: @Sendable (Device) -> Bool = { _ in true }
    /// Makes inputs, runs the kernel and compares.
    let body: @Sendable (Trial) throws -> Void

    package init(
        operation: String, variant: String, shape: String, bound: ErrorBound, isLarge: Bool = false,
        dependsOnTuning: Bool = true, body: @escaping @Sendable (Trial) throws -> Void
    ) {
        self.operation = operation
        self.variant = variant
        self.shape = shape
        self.bound = bound
        self.isLarge = isLarge
        self.dependsOnTuning = dependsOnTuning
        self.body = body
    }

    package var description: String {
        variant.isEmpty ? "\(operation) \(shape)" : "\(operation) \(variant) \(shape)"
    }

    /// A seed of its own for every case (FNV-1a), the same on every machine.
    var seed: UInt64 {
        description.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// What one case gave with one tuning.
package struct CheckResult: Sendable, CustomStringConvertible {
    package var check: CheckCase
    /// "narrow" or "wide" workgroups.
    package var tuning: String
    package var measurement: Measurement
    /// What is wrong; empty where the check passed.
    package var failures: [String]

    package var passed: Bool { failures.isEmpty }

    package var description: String {
        "\(check), \(tuning): \(passed ? "ok" : failures.joined(separator: "; "))"
    }
}

/// Every check there is: the matrix that `doctor` and the tests share. One extension an operation.
package enum Checks {
    private static let byOperation: [(stem: String, cases: [CheckCase])] = [
        ("Embedding", embedding), ("RMSNorm", rmsNorm), ("MatVec", matVec), ("MatMul", matMul),
        ("HalfRows", halfRows), ("TiledMatMul", tiledMatMul + exactTiles),
        ("MatrixMatMul", matrixMatMul), ("Int8Rows", int8Rows), ("Int8MatMul", int8MatMul), ("RoPE", rope),
        ("CacheWrite", cacheWrite), ("RoPECacheWrite", ropeCacheWrite), ("QKNormRoPECacheWrite", qkNormRoPECacheWrite),
        ("Attention", attention), ("MatrixAttention", matrixAttention),
        ("AttentionSplit", attentionSplit), ("SwiGLU", swiGLU), ("GeGLU", geGLU), ("Add", add), ("AddBias", addBias),
        ("Scale", scale), ("RMSNormMatVec", rmsNormMatVec),
        ("GatherRows", gatherRows), ("Argmax", argmax),
        ("LogitChanges", logitChanges), ("MaskLogits", maskLogits), ("TopK", topK), ("SampleToken", sampleToken),
    ]

    /// The operations' stems, in the order of a layer.
    package static let operations = byOperation.map(\.stem)

    package static let all = byOperation.flatMap(\.cases)

    /// The cases of one operation; empty for an unknown stem.
    package static func cases(of operation: String) -> [CheckCase] {
        byOperation.first { $0.stem == operation }?.cases ?? []
    }
}
