/// What a decoder asks of a backend: the operations of its forward pass, on tensors of the backend's own kind.
///
/// The Vulkan recorder and the CPU reference compute, `OperationCounter` only counts, `TappedOperations` shows what another
/// one does. Tokens, positions and the cache belong to the backend's step. An operation may overwrite its first input,
/// which the forward pass never uses again under its old name.
package protocol Operations {
    associatedtype Tensor

    /// Whether the last layer goes on with every row, though nothing is wanted of most of them; no unless given.
    var needsEveryRow: Bool { get }

    /// Applies one operation; `point` names its result.
    mutating func apply(_ operation: Operation, _ inputs: [Tensor], as point: TapPoint) throws -> Tensor

    /// The products of an RMS norm of x with several matrices: what a backend may fuse.
    ///
    /// The default composes the plain operations.
    mutating func normProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor]

    /// gate(g) · u, where g and u are products of an RMS norm of x, likewise.
    mutating func gatedProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, gate: NamedProduct, up: NamedProduct,
        _ activation: Architecture.Gate, as point: TapPoint
    ) throws -> Tensor

    /// Queries, keys and values prepared, queries and keys turned by RoPE, and keys and values in a layer's cache, likewise:
    /// what attention reads.
    mutating func rotateAndCache(
        q: Projection<Tensor>, k: Projection<Tensor>, v: Projection<Tensor>, layer: Int, kCached: TapPoint,
        vCached: TapPoint
    ) throws -> [Tensor]

    /// residual + a product of x, likewise.
    mutating func addProduct(
        _ x: Tensor, _ product: NamedProduct, to residual: Tensor, as point: TapPoint
    ) throws -> Tensor
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

/// An operation of one input and the name of its result.
package struct NamedOperation: Sendable {
    package var operation: Operation
    package var point: TapPoint

    package init(_ operation: Operation, _ point: TapPoint) {
        self.operation = operation
        self.point = point
    }
}

/// Queries, keys or values as products gave them, and what becomes of them before attention.
package struct Projection<Tensor> {
    package var tensor: Tensor
    /// Biases and norms of heads, as the architecture has them.
    package var preparations: [NamedOperation]
    /// RoPE; values have none.
    package var rope: NamedOperation?

    package init(_ tensor: Tensor, _ preparations: [NamedOperation], rope: NamedOperation? = nil) {
        self.tensor = tensor
        self.preparations = preparations
        self.rope = rope
    }
}

extension Operations {
    package var needsEveryRow: Bool { false }

    package mutating func normProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [Tensor] {
        try composeNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
    }

    package mutating func gatedProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, gate: NamedProduct, up: NamedProduct,
        _ activation: Architecture.Gate, as point: TapPoint
    ) throws -> Tensor {
        try composeGatedProducts(
            x, norm: norm, epsilon: epsilon, normed: normed, gate: gate, up: up, activation, as: point)
    }

    package mutating func rotateAndCache(
        q: Projection<Tensor>, k: Projection<Tensor>, v: Projection<Tensor>, layer: Int, kCached: TapPoint,
        vCached: TapPoint
    ) throws -> [Tensor] {
        try composeRotateAndCache(q: q, k: k, v: v, layer: layer, kCached: kCached, vCached: vCached)
    }

    package mutating func addProduct(
        _ x: Tensor, _ product: NamedProduct, to residual: Tensor, as point: TapPoint
    ) throws -> Tensor {
        try composeAddProduct(x, product, to: residual, as: point)
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

    /// The plain form of `gatedProducts`: `normProducts`, then a gate.
    package mutating func composeGatedProducts(
        _ x: Tensor, norm: WeightName, epsilon: Float, normed: TapPoint, gate: NamedProduct, up: NamedProduct,
        _ activation: Architecture.Gate, as point: TapPoint
    ) throws -> Tensor {
        let both = try normProducts(x, norm: norm, epsilon: epsilon, normed: normed, [gate, up])
        return try apply(activation.operation, both, as: point)
    }

    /// The plain form of `rotateAndCache`: biases or norms, RoPE of queries and of keys, then both writes.
    package mutating func composeRotateAndCache(
        q: Projection<Tensor>, k: Projection<Tensor>, v: Projection<Tensor>, layer: Int, kCached: TapPoint,
        vCached: TapPoint
    ) throws -> [Tensor] {
        var tensors: [Tensor] = []
        for projection in [q, k, v] { tensors.append(try apply(projection.preparations, to: projection.tensor)) }
        let turned = try apply(q.rope.map { [$0] } ?? [], to: tensors[0])
        let turnedKeys = try apply(k.rope.map { [$0] } ?? [], to: tensors[1])
        let keys = try apply(.cacheWrite(.keys, layer: layer), [turnedKeys], as: kCached)
        return [turned, keys, try apply(.cacheWrite(.values, layer: layer), [tensors[2]], as: vCached)]
    }

    private mutating func apply(_ operations: [NamedOperation], to x: Tensor) throws -> Tensor {
        var x = x
        for named in operations { x = try apply(named.operation, [x], as: named.point) }
        return x
    }

    /// The plain form of `addProduct`: a product, then a sum.
    package mutating func composeAddProduct(
        _ x: Tensor, _ product: NamedProduct, to residual: Tensor, as point: TapPoint
    ) throws -> Tensor {
        let result = try apply(.product(product.weight), [x], as: product.point)
        return try apply(.add, [residual, result], as: point)
    }
}

extension Architecture.Gate {
    /// The gate by itself.
    var operation: Operation {
        switch self {
        case .silu: .swiGLU
        case .gelu: .geGLU
        }
    }
}
