/// Another backend, of whose products the inputs are shown: (rows, columns) each, for every weight that multiplies them.
///
/// Nothing is fused, so that every product has an input to show. What several products multiply is read once, where they
/// follow each other.
package struct ProductInputs<Base: ReadableOperations>: Operations {
    /// A tensor of the other backend, and its name.
    package struct Tensor {
        package var base: Base.Tensor
        package var point: TapPoint
    }

    package var base: Base
    private let show: (WeightName, Matrix) -> Void
    /// The last product's input.
    private var input: (point: TapPoint, matrix: Matrix)?

    /// What is shown of the last layer is as much as of others.
    package var needsEveryRow: Bool { true }

    package init(_ base: Base, show: @escaping (WeightName, Matrix) -> Void) {
        self.base = base
        self.show = show
    }

    package mutating func apply(_ operation: Operation, _ inputs: [Tensor], as point: TapPoint) throws -> Tensor {
        // Before the operation, which may overwrite its first input.
        if case .product(let weight) = operation { show(weight, try matrix(of: inputs[0])) }
        return Tensor(base: try base.apply(operation, inputs.map(\.base), as: point), point: point)
    }

    private mutating func matrix(of tensor: Tensor) throws -> Matrix {
        if let input, input.point == tensor.point { return input.matrix }
        let matrix = try base.read(tensor.base)
        input = (tensor.point, matrix)
        return matrix
    }
}
