package import Llamarada
package import LlamaradaTensors

/// A model's operations one at a time as plain formulas, and the magnitudes that their errors are measured by.
package struct ReferenceReplay: OperationReplay {
    private let file: GGUFFile
    private let configuration: ModelConfiguration
    private let tensors: ModelTensors
    private let angles: RoPETable
    private let keyType: KVCacheType
    private let valueType: KVCacheType
    private let workers: Workers
    private let blas: BLAS?

    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, keyCacheType: KVCacheType,
        valueCacheType: KVCacheType, threads: Int, blas: BLAS? = .shared
    ) throws {
        self.file = file
        self.configuration = configuration
        tensors = try ModelTensors(file, configuration)
        angles = RoPETable(configuration, contextLength: contextLength)
        keyType = keyCacheType
        valueType = valueCacheType
        workers = Workers(threads)
        self.blas = blas
    }

    var roundsCache: Bool { keyType != .f32 || valueType != .f32 }

    /// In f32 sums where BLAS is used for products, else in f64.
    package func replay(_ point: TapPoint, _ input: OperationInput, positions: [Int]) throws -> Matrix {
        try replay(point, input, positions: positions, blas: blas)
    }

    /// With f64 sums everywhere.
    package func exactly(_ point: TapPoint, _ input: OperationInput, positions: [Int]) throws -> Matrix {
        try replay(point, input, positions: positions, blas: nil)
    }

    private func replay(
        _ point: TapPoint, _ input: OperationInput, positions: [Int], blas: BLAS?
    ) throws -> Matrix {
        let c = configuration
        switch input {
        case .tokens(let tokens): return try Reference.embedding(tokens, FileRows(file, tensors.tokenEmbedding))
        case .two(let a, let b):
            return point.operation == .swiglu ? Reference.swiGLU(gate: a, up: b) : Reference.add(a, b)
        case .attention(let q, let keys, let values):
            return Reference.attention(
                q, keys: keys, values: values, headDim: c.headDim, kvHeadCount: c.kvHeadCount, positions: positions,
                workers: workers)
        case .one(let x):
            if let weight = weight(of: point) {
                if weight.shape.count == 1 {
                    return Reference.rmsNorm(x, weight: try file.floats(of: weight), epsilon: c.normEpsilon)
                }
                return try Reference.matMul(x, FileRows(file, weight), workers: workers, blas: blas)
            }
            switch point.operation {
            case .kCached, .vCached: return cached(x, point.operation == .kCached ? keyType : valueType)
            default: return Reference.rope(x, headDim: c.headDim, positions: positions, table: angles)
            }
        }
    }

    private func cached(_ x: Matrix, _ type: KVCacheType) -> Matrix {
        var rows: [Float] = []
        Reference.cacheWrite(x, into: &rows, at: 0, type: type)
        return Matrix(rows: x.rows, columns: x.columns, values: rows)
    }

    /// The tensor of the file that an operation multiplies by: a matrix or a norm's vector.
    package func weight(of point: TapPoint) -> TensorDescription? {
        let names: [TapPoint.Operation: LayerTensor] = [
            .attentionNorm: .attentionNorm, .q: .query, .k: .key, .v: .value, .attentionOutput: .attentionOutput,
            .ffnNorm: .ffnNorm, .gate: .gate, .up: .up, .down: .down,
        ]
        switch (point.operation, point.layer) {
        case (.embedding, _): return tensors.tokenEmbedding
        case (.finalNorm, _): return tensors.outputNorm
        case (.logits, _): return tensors.output
        case (let operation, let layer?): return names[operation].map { tensors[layer, $0] }
        default: return nil
        }
    }

    /// The sum of the absolute terms of every element of an output: Σ|wᵢxᵢ| for products.
    package func magnitudes(
        _ point: TapPoint, _ input: OperationInput, expected: Matrix, positions: [Int]
    ) throws -> [Float] {
        switch input {
        case .attention(let q, let keys, let values):
            return Self.attentionMagnitudes(
                q, keys: keys, values: values, headDim: configuration.headDim, kvHeadCount: configuration.kvHeadCount,
                positions: positions, workers: workers)
        case .two(let gate, let up) where point.operation == .swiglu:
            // Below a gate of -80 the kernel's sigmoid stays at e⁻⁸⁰ instead of vanishing.
            return expected.values.indices.map {
                abs(expected.values[$0]) + Float(2e-25 * abs(Double(gate.values[$0]) * Double(up.values[$0])))
            }
        case .one(let x):
            if let weight = weight(of: point), weight.shape.count > 1 {
                let absolute = Matrix(rows: x.rows, columns: x.columns, values: x.values.map { abs($0) })
                return try Reference.matMul(
                    absolute, AbsoluteRows(base: FileRows(file, weight)), workers: workers, blas: blas
                ).values
            }
            guard point.operation == .qRotated || point.operation == .kRotated else { break }
            return x.values.indices.map { index in
                let isRotated = index % configuration.headDim < 2 * angles.pairCount
                return abs(x.values[index]) + (isRotated ? abs(x.values[index ^ 1]) : 0)
            }
        case .tokens, .two: break
        }
        return expected.values.map { abs($0) }
    }
}

/// The absolute values of another matrix.
private struct AbsoluteRows: WeightSource {
    let base: FileRows
    var rows: Int { base.rows }
    var columns: Int { base.columns }

    func dequantize(_ range: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
        try base.dequantize(range, into: output)
        for index in output.indices { output[index] = abs(output[index]) }
    }
}
