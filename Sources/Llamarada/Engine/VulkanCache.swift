package import LlamaradaDevice

/// The keys and values of every layer in device memory: pages of (pageSize, kvHeads, headDim) each.
package struct VulkanCache {
    package let keyType: KVCacheType
    package let valueType: KVCacheType
    package let keys: [View<UInt32>]
    package let values: [View<UInt32>]
    /// Of each layer: which pages its cache has.
    package let reaches: [AttentionReach]
    package let headDim: Int

    /// One half of a layer's cache.
    package subscript(side: CacheSide, layer: Int) -> VulkanTensor.CachedRows {
        switch side {
        case .keys: .init(words: keys[layer], type: keyType, headDim: headDim, reach: reaches[layer])
        case .values: .init(words: values[layer], type: valueType, headDim: headDim, reach: reaches[layer])
        }
    }

    /// Keys and values of every layer, and which pages they have.
    var halves: [(words: View<UInt32>, reach: AttentionReach)] {
        zip(keys, reaches).map { ($0, $1) } + zip(values, reaches).map { ($0, $1) }
    }

    /// Allocates room for all pages.
    init(
        _ configuration: ModelConfiguration, _ capacity: EngineCapacity, keyType: KVCacheType, valueType: KVCacheType,
        on device: Device
    ) throws(DeviceError) {
        let reaches: [AttentionReach] = (0..<configuration.layerCount).map {
            capacity.windowed == nil ? .full : configuration.reach(ofLayer: $0)
        }
        self.reaches = reaches
        headDim = configuration.headDim
        self.keyType = keyType
        self.valueType = valueType
        func allocate(_ type: KVCacheType, _ name: String) throws(DeviceError) -> [View<UInt32>] {
            let words = capacity.pageSize * configuration.kvHeadCount * type.wordCount(headDim: configuration.headDim)
            var views: [View<UInt32>] = []
            for layer in 0..<configuration.layerCount {
                let words = capacity.pages(reaches[layer]) * words
                views.append(try device.allocate(UInt32.self, count: words, name: "\(name) cache of layer \(layer)"))
            }
            return views
        }
        keys = try allocate(keyType, "key")
        values = try allocate(valueType, "value")
    }
}
