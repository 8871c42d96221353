package import Llamarada
package import LlamaradaDevice
package import LlamaradaTensors

/// Opens fixture models on the Vulkan device. Without a device these throw, so that the tests fail: they never skip.
package enum VulkanModel {
    package static func open(
        _ file: GGUFFile, keys: KVCacheType = .f32, values: KVCacheType = .f32, contextLength: Int = 128,
        chunk: Int = 512, fuses: Bool = true, patch: FunctionPatch? = nil, on device: Device? = nil
    ) throws -> VulkanTransformer {
        precondition(device == nil || patch == nil, "a device that is there can't be patched")
        return try VulkanTransformer(
            file: file, configuration: ModelConfiguration(gguf: file),
            device: device ?? Device(.automatic, patch: patch),
            contextLength: contextLength, chunk: chunk, keyCacheType: keys, valueCacheType: values, fuses: fuses)
    }

    package static func open(
        _ fixture: ModelFixture, cache: KVCacheType = .f32, chunk: Int = 512, patch: FunctionPatch? = nil,
        on device: Device? = nil
    ) throws -> VulkanTransformer {
        try open(fixture.open(), keys: cache, values: cache, chunk: chunk, patch: patch, on: device)
    }
}

/// How far results lie from what was expected.
package enum Deviation {
    /// The largest share of the allowed deviation that any value takes; above 1 is too much, NaN wins.
    package static func worst(_ found: [Float], _ expected: [Float], absolute: Double, relative: Double = 0) -> Double {
        precondition(found.count == expected.count, "\(found.count) values, \(expected.count) expected")
        return zip(found, expected).map { found, expected in
            abs(Double(found) - Double(expected)) / (absolute + relative * abs(Double(expected)))
        }.reduce(0) { $1 <= $0 ? $0 : $1 }
    }
}
