package import LlamaradaThreads

extension Reference {
    /// The product of an RMS norm, composed of the plain formulas: matMul(rmsNorm(x)).
    ///
    /// - Parameters:
    ///   - x: (rows, columns).
    ///   - norm: (columns), the norm's weight.
    ///   - weights: (outputs, columns).
    /// - Returns: (rows, outputs).
    package static func rmsNormMatVec(
        _ x: Matrix, norm: [Float], epsilon: Float, _ weights: some WeightSource, workers: Workers = .one,
        blas: BLAS? = nil
    ) throws -> Matrix {
        try matMul(rmsNorm(x, weight: norm, epsilon: epsilon), weights, workers: workers, blas: blas)
    }
}
