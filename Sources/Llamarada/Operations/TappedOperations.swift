/// A backend whose tensors can be looked at while a pass is computed.
package protocol ReadableOperations: Operations {
    /// Whether `normProducts` is one operation a product in this pass.
    var fusesNormProducts: Bool { get }

    /// The values of a tensor: (rows, columns). Work that was only recorded so far is run first.
    mutating func read(_ tensor: Tensor) throws -> Matrix
}

/// What one operation gave.
package struct TappedTensor: Sendable {
    package var point: TapPoint
    package var operation: Operation
    /// The names of what it read.
    package var inputs: [TapPoint]
    package var matrix: Matrix

    package init(point: TapPoint, operation: Operation, inputs: [TapPoint], matrix: Matrix) {
        self.point = point
        self.operation = operation
        self.inputs = inputs
        self.matrix = matrix
    }
}

/// Another backend, each of whose results is shown as it comes: (tokens, columns) each, in the order of computation.
package struct TappedOperations<Base: ReadableOperations>: Operations {
    /// A tensor of the other backend, and its name.
    package struct Tensor {
        package var base: Base.Tensor
        package var point: TapPoint
    }

    package var base: Base
    private let tap: (TappedTensor) -> Void

    /// What is shown of the last layer is as much as of others.
    package var needsEveryRow: Bool { true }

    package init(_ base: Base, tap: @escaping (TappedTensor) -> Void) {
        self.base = base
        self.tap = tap
    }

    package mutating func apply(_ operation: Operation, _ inputs: [Tensor], as point: TapPoint) throws -> Tensor {
        let result = try base.apply(operation, inputs.map(\.base), as: point)
        // Nothing was computed; the rows are among those that were shown.
        if case .wantedRows = operation { return Tensor(base: result, point: inputs[0].point) }
        return try show(result, operation, inputs.map(\.point), point)
    }

    /// What the other backend fuses is shown as fused.
    package mutating func normProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor] {
        guard base.fusesNormProducts else {
            return try composeNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
        }
        let results = try base.normProducts(x.base, norm: norm, epsilon: epsilon, normed: normed, products)
        var shown: [Tensor] = []
        for (result, product) in zip(results, products) {
            let operation = Operation.normProduct(norm: norm, epsilon: epsilon, product.weight)
            shown.append(try show(result, operation, [x.point], product.point))
        }
        return shown
    }

    private mutating func show(
        _ result: Base.Tensor, _ operation: Operation, _ inputs: [TapPoint], _ point: TapPoint
    ) throws -> Tensor {
        tap(TappedTensor(point: point, operation: operation, inputs: inputs, matrix: try base.read(result)))
        return Tensor(base: result, point: point)
    }
}
