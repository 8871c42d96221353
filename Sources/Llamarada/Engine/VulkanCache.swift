package import LlamaradaDevice

/// The keys and values of every layer in device memory: pages of (pageSize, kvHeads, headDim) each.
package struct VulkanCache {
    package let keyType: KVCacheType
    package let valueType: KVCacheType
    package let keys: [View<UInt32>]
    package let values: [View<UInt32>]

    /// One half of a layer's cache.
    package subscript(side: CacheSide, layer: Int) -> VulkanTensor.CachedRows {
        switch side {
        case .keys: .init(words: keys[layer], type: keyType)
        case .values: .init(words: values[layer], type: valueType)
        }
    }

    /// Allocates room for so many positions of all pages together.
    init(
        _ configuration: ModelConfiguration, positions: Int, keyType: KVCacheType, valueType: KVCacheType,
        on device: Device
    ) throws(DeviceError) {
        self.keyType = keyType
        self.valueType = valueType
        func allocate(_ type: KVCacheType, _ name: String) throws(DeviceError) -> [View<UInt32>] {
            let words = positions * configuration.kvDim * type.elementByteCount / 4
            var views: [View<UInt32>] = []
            for layer in 0..<configuration.layerCount {
                views.append(try device.allocate(UInt32.self, count: words, name: "\(name) cache of layer \(layer)"))
            }
            return views
        }
        keys = try allocate(keyType, "key")
        values = try allocate(valueType, "value")
    }
}
