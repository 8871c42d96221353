import LlamaradaDevice

extension VulkanOperations {
    /// One dispatch, of rows of prompts, too: with no preparation, with biases of all three, or with norms of heads.
    package mutating func rotateAndCache(
        q: Projection<VulkanTensor>, k: Projection<VulkanTensor>, v: Projection<VulkanTensor>, layer: Int,
        kCached: TapPoint, vCached: TapPoint
    ) throws -> [VulkanTensor] {
        let (keys, values) = (cache(.keys, layer), cache(.values, layer))
        pass.scope = Self.scope(kCached)
        guard fusion.kinds.contains(.rotations), let rotation = rotation(q.rope, k.rope, keys, values),
            rotate(q, k, v, rotation)
        else { return try composeRotateAndCache(q: q, k: k, v: v, layer: layer, kCached: kCached, vCached: vCached) }
        return [
            q.tensor, k.tensor.replaced(by: k.tensor.view, cached: keys),
            v.tensor.replaced(by: v.tensor.view, cached: values),
        ]
    }

    /// Nil where queries and keys do not turn.
    private func rotation(
        _ q: NamedOperation?, _ k: NamedOperation?, _ keys: VulkanTensor.CachedRows,
        _ values: VulkanTensor.CachedRows
    ) -> CacheRotation? {
        guard case .rope(let heads, let headDim, let pairs, let pairing, let reach) = q?.operation,
            case .rope(let kvHeads, _, _, _, _) = k?.operation
        else { return nil }
        return CacheRotation(
            table: angles[reach], rows: step.rows(keys.reach), keys: .init(words: keys.words, type: keys.type),
            values: .init(words: values.words, type: values.type),
            shape: AttentionShape(heads: heads, kvHeads: kvHeads, headDim: headDim), pairs: pairs, pairing: pairing)
    }

    /// Whether there is a kernel for what comes before RoPE; then it was recorded.
    private mutating func rotate(
        _ q: Projection<VulkanTensor>, _ k: Projection<VulkanTensor>, _ v: Projection<VulkanTensor>,
        _ rotation: CacheRotation
    ) -> Bool {
        let views = ProjectedViews(q: q.tensor.view, k: k.tensor.view, v: v.tensor.view)
        let preparations = [q, k, v].map { $0.preparations.map(\.operation) }
        switch (preparations[0].first, preparations[1].first, preparations[2].first) {
        case _ where preparations.contains(where: { $0.count > 1 }): return false
        case (nil, nil, nil): pass.ropeCacheWrite(views, rotation)
        case (.bias(let query), .bias(let key), .bias(let value)):
            let biases = ProjectedViews(q: weights.vector(query), k: weights.vector(key), v: weights.vector(value))
            pass.ropeCacheWrite(views, biases: biases, rotation)
        case (.headNorm(let query, let epsilon), .headNorm(let key, let other), nil)
        where epsilon == other && rotation.shape.headDim <= CacheRotation.mostNormedElements:
            pass.qkNormRoPECacheWrite(
                views, norms: (weights.vector(query), weights.vector(key)), epsilon: epsilon, rotation)
        default: return false
        }
        return true
    }
}
