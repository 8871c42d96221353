/// What is shown of a forward pass while it is computed.
package enum Tap {
    /// The result of every operation, in the order of computation: see `TappedOperations`.
    case results((TappedTensor) -> Void)
    /// What every product multiplies: see `ProductInputs`.
    case productInputs((WeightName, Matrix) -> Void)
}

extension Decoder {
    /// Runs the step's tokens through the model as `forward(_:wanted:)` does, and shows what the tap wants.
    func forward<Base: ReadableOperations>(
        _ operations: inout Base, wanted: Int, showing tap: Tap
    ) throws -> Base.Tensor? {
        switch tap {
        case .results(let show):
            var tapped = TappedOperations(operations, tap: show)
            defer { operations = tapped.base }
            return try forward(&tapped, wanted: wanted)?.base
        case .productInputs(let show):
            var tapped = ProductInputs(operations, show: show)
            defer { operations = tapped.base }
            return try forward(&tapped, wanted: wanted)?.base
        }
    }
}
