package import Llamarada
package import LlamaradaTensors

/// A model's operations one at a time as plain formulas, and the magnitudes that their errors are measured by.
package struct ReferenceReplay: OperationReplay {
    private let operations: ReferenceOperations

    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, keyCacheType: KVCacheType,
        valueCacheType: KVCacheType, threads: Int, blas: BLAS? = .shared
    ) throws(CheckpointError) {
        operations = try ReferenceOperations(
            file: file, configuration: configuration, contextLength: contextLength, keyCacheType: keyCacheType,
            valueCacheType: valueCacheType, threads: threads, blas: blas)
    }

    var cacheType: KVCacheType { operations.cache.coarsestType }

    /// In f32 sums where BLAS is used for products, else in f64.
    package func replay(_ operation: Operation, _ input: ReplayInput, as point: TapPoint) throws -> Matrix {
        try replay(operation, input, point, blas: operations.blas)
    }

    /// With f64 sums everywhere.
    package func exactly(_ operation: Operation, _ input: ReplayInput, as point: TapPoint) throws -> Matrix {
        try replay(operation, input, point, blas: nil)
    }

    private func replay(
        _ operation: Operation, _ input: ReplayInput, _ point: TapPoint, blas: BLAS?
    ) throws -> Matrix {
        var alone = operations
        alone.blas = blas
        alone.step = input.step
        switch operation {
        // The rows alone, whatever comes before them in the text.
        case .cacheWrite: alone.step = .init(input.step.tokens, at: 0)
        case .attention(_, let layer):
            alone.cache[.keys, layer] = input.keys
            alone.cache[.values, layer] = input.values
        default: break
        }
        return try alone.apply(operation, input.matrices, as: point)
    }

    /// The tensor of the file that an operation is named by: a matrix or a vector.
    package func weight(of operation: Operation) -> TensorDescription? {
        operation.weight.map { operations.tensors[$0] }
    }

    /// The sum of the absolute terms of every element of an output: Σ|wᵢxᵢ| for products.
    package func magnitudes(_ operation: Operation, _ input: ReplayInput, expected: Matrix) throws -> [Float] {
        switch operation {
        case .product(let name): return try products(input.matrices[0], name)
        case .normProduct(let norm, let epsilon, let name):
            let normed = Reference.rmsNorm(input.matrices[0], weight: operations.vector(norm), epsilon: epsilon)
            return try products(normed, name)
        case .attention(let shape, _):
            return Self.attentionMagnitudes(
                input.matrices[0], keys: input.keys, values: input.values, shape, positions: input.step.positions,
                workers: operations.workers)
        case .swiGLU:
            // Below a gate of -80 the kernel's sigmoid stays at e⁻⁸⁰ instead of vanishing.
            let (gate, up) = (input.matrices[0].values, input.matrices[1].values)
            return expected.values.indices.map {
                abs(expected.values[$0]) + Float(2e-25 * abs(Double(gate[$0]) * Double(up[$0])))
            }
        case .geGLU:
            let (gate, up) = (input.matrices[0].values, input.matrices[1].values)
            return expected.values.indices.map {
                Float(Checks.geGLUMagnitude(gate: gate[$0], up: up[$0], result: Double(expected.values[$0])))
            }
        case .rope(_, let headDim, let pairs, let pairing, _):
            return Self.rotated(input.matrices[0].values, headDim: headDim, pairs: pairs, pairing)
        case .embedding, .rmsNorm, .headNorm, .bias, .cacheWrite, .scale, .add, .wantedRows:
            return expected.values.map { abs($0) }
        }
    }

    private func products(_ x: Matrix, _ name: WeightName) throws -> [Float] {
        let absolute = Matrix(rows: x.rows, columns: x.columns, values: x.values.map { abs($0) })
        return try Reference.matMul(
            absolute, AbsoluteRows(base: operations.matrix(name)), workers: operations.workers, blas: operations.blas
        ).values
    }

    /// |a| + |b| for a rotated pair, |a| beyond.
    private static func rotated(_ x: [Float], headDim: Int, pairs: Int, _ pairing: RoPEPairing) -> [Float] {
        x.indices.map { index in
            let place = index % headDim
            guard place < 2 * pairs else { return abs(x[index]) }
            let other = pairing == .neighbours ? index ^ 1 : place < pairs ? index + pairs : index - pairs
            return abs(x[index]) + abs(x[other])
        }
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
