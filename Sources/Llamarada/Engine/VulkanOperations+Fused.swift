import LlamaradaDevice

/// Which operations are done by one kernel, most of them for decoding rows only. Steps with rows of prompts take the plain
/// ones, whose results have the same bits, except for norms: those are fused for the decoding rows of every step.
package struct KernelFusion: Sendable, Equatable {
    /// What gives the bits of the plain kernels.
    package enum Kind: String, Sendable, CaseIterable {
        /// Matrices that multiply the same vector.
        case joinedProducts = "joined products"
        /// Gate and up with their activation.
        case gates
        /// Products with the sum with the residual stream.
        case sums
        /// Biases or norms of heads, RoPE, and the writes to the cache; of rows of prompts, too.
        case rotations
    }

    package var kinds: Set<Kind>
    /// RMS norms, in the products of what they norm; the bits are others.
    package var norms: Bool

    package init(_ kinds: Set<Kind>, norms: Bool) {
        self.kinds = kinds
        self.norms = norms
    }

    /// - Parameter wish: everything or nothing; nil is everything but norms, and those where the device gains by it.
    init(_ wish: Bool?, _ tuning: KernelTuning) {
        self.init(wish ?? true ? Set(Kind.allCases) : [], norms: wish ?? tuning.fusesNorms)
    }
}

extension VulkanOperations {
    /// Whether a kind of fusion is made with x.
    private func fuses(_ kind: KernelFusion.Kind, of x: VulkanTensor) -> Bool {
        fusion.kinds.contains(kind) && x.decoding == x.rows
    }

    package mutating func normProducts(
        _ x: VulkanTensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [VulkanTensor] {
        guard fuses(.joinedProducts, of: x) else {
            guard fusesNormProducts else {
                return try composeNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
            }
            return try mixedNormProducts(x, norm: norm, epsilon: epsilon, normed: normed, products)
        }
        let h = fusion.norms ? x : try apply(.rmsNorm(norm, epsilon: epsilon), [x], as: normed)
        pass.scope = Self.scope(normed)
        var results: [VulkanTensor] = []
        for (places, matrix) in weights.joined(products.map(\.weight)) {
            let rooms = try zip(products[places], matrix.parts).map {
                try room($0.point.activation, x.rows, $1.count)
            }
            for (matrix, rooms) in pieces(matrix, rooms) {
                if fusion.norms {
                    pass.rmsNormMatVec(
                        joined: matrix, h.view, norm: weights.vector(norm), epsilon: epsilon, count: x.rows,
                        into: rooms)
                } else {
                    pass.matVec(joined: matrix, h.view, count: x.rows, into: rooms)
                }
            }
            results += rooms.map { x.replaced(by: $0) }
        }
        return results
    }

    /// Joined matrices at once where one binding holds all of their results, else one by one.
    private func pieces(
        _ matrix: WeightMatrix, _ rooms: [View<Float>]
    ) -> [(matrix: WeightMatrix, rooms: [View<Float>])] {
        let limit = pass.device.description.maxStorageBufferRange
        if rooms.count == 1 || View.covering(rooms).map({ $0.view.byteCount <= limit }) ?? false {
            return [(matrix, rooms)]
        }
        return rooms.enumerated().map { (matrix.part($0), [$1]) }
    }

    /// Decoding rows fused, prompt rows composed: each as in any other company.
    private mutating func mixedNormProducts(
        _ x: VulkanTensor, norm: WeightName, epsilon: Float, normed: TapPoint, _ products: [NamedProduct]
    ) throws -> [VulkanTensor] {
        let h = try apply(.rmsNorm(norm, epsilon: epsilon), [x], as: normed)
        return try products.map { product in
            let matrix = weights.matrix(product.weight)
            let result = try room(product.point.activation, x.rows, matrix.rows)
            pass.rmsNormMatVec(
                matrix, x.view, norm: weights.vector(norm), epsilon: epsilon, count: x.decoding, into: result)
            multiplyPrompt(matrix, h, into: result, as: product.point)
            return x.replaced(by: result)
        }
    }

    package mutating func gatedProducts(
        _ x: VulkanTensor, norm: WeightName, epsilon: Float, normed: TapPoint, gate: NamedProduct, up: NamedProduct,
        _ activation: Architecture.Gate, as point: TapPoint
    ) throws -> VulkanTensor {
        guard fuses(.gates, of: x), let (_, matrix) = weights.joined([gate.weight, up.weight]).first,
            matrix.parts.count == 2, x.rows <= VectorTile.mostGatedVectors
        else {
            return try composeGatedProducts(
                x, norm: norm, epsilon: epsilon, normed: normed, gate: gate, up: up, activation, as: point)
        }
        let h = fusion.norms ? x : try apply(.rmsNorm(norm, epsilon: epsilon), [x], as: normed)
        pass.scope = Self.scope(point)
        let gated = try room(point.activation, x.rows, matrix.parts[0].count)
        if fusion.norms {
            pass.rmsNormGatedMatVec(
                matrix, h.view, norm: weights.vector(norm), epsilon: epsilon, activation, count: x.rows, into: gated)
        } else {
            pass.gatedMatVec(matrix, h.view, activation, count: x.rows, into: gated)
        }
        return x.replaced(by: gated)
    }

    package mutating func addProduct(
        _ x: VulkanTensor, _ product: NamedProduct, to residual: VulkanTensor, as point: TapPoint
    ) throws -> VulkanTensor {
        guard fuses(.sums, of: x) else { return try composeAddProduct(x, product, to: residual, as: point) }
        pass.scope = Self.scope(point)
        pass.matVec(
            weights.matrix(product.weight), x.view, addedTo: residual.view, count: x.rows, into: residual.view)
        return residual
    }
}
