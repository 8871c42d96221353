/// What a decoder asks of a backend: the operations of its forward pass, on tensors of the backend's own kind.
///
/// The Vulkan recorder and the CPU reference compute, `OperationCounter` only counts, `TappedOperations` shows what another
/// one does. Tokens, positions and the cache belong to the backend's step. An operation may overwrite its first input,
/// which the forward pass never uses again under its old name.
package protocol Operations {
    associatedtype Tensor

    /// Applies one operation; `point` names its result.
    mutating func apply(_ operation: Operation, _ inputs: [Tensor], as point: TapPoint) throws -> Tensor

    /// The products of an RMS norm of x with several matrices: what a backend may fuse.
    ///
    /// The default composes the plain operations.
    mutating func normProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor]
}

/// A product and the name of its result.
package struct NamedProduct: Sendable {
    package var weight: WeightName
    package var point: TapPoint

    package init(_ weight: WeightName, _ point: TapPoint) {
        self.weight = weight
        self.point = point
    }
}

extension Operations {
    package mutating func normProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor] {
        try composeNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
    }

    /// The plain form of `normProducts`: a norm, then a product each.
    package mutating func composeNormProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor] {
        let h = try apply(.rmsNorm(norm, epsilon: epsilon), [x], as: normed)
        var results: [Tensor] = []
        for product in products { results.append(try apply(.product(product.weight), [h], as: product.point)) }
        return results
    }
}
