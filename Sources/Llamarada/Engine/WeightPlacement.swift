package import LlamaradaDevice

/// Which weights lie in the device's memory, and which in the host's, where the same kernels read them across the bus.
///
/// Layers go to the device first to last. Behind them, as one more, come the last norm, the head and the token embedding:
/// a token reads one row of the embedding, so across the bus it costs next to nothing, but all of the head. Cache and
/// activations are always the device's.
package struct WeightPlacement: Sendable, Equatable {
    /// Layers of the model, and one more for what is outside of them.
    package let partCount: Int
    /// How many of them lie in the device's memory: all, where it is `partCount`.
    package let devicePartCount: Int

    /// The first `parts` of a model's layers and its head on the device; everything, where there are no more.
    package init(_ parts: Int, ofLayers layerCount: Int) {
        partCount = layerCount + 1
        devicePartCount = max(0, min(parts, partCount))
    }

    /// Everything on the device.
    package static func everything(ofLayers layerCount: Int) -> WeightPlacement {
        WeightPlacement(layerCount + 1, ofLayers: layerCount)
    }

    /// The most that `fits`, which holds of less where it holds of more; nothing where it never does.
    package static func most(
        ofLayers layerCount: Int, that fits: (WeightPlacement) throws(DeviceError) -> Bool
    ) throws(DeviceError) -> WeightPlacement {
        var (fitting, tooMany) = (0, layerCount + 2)
        while tooMany - fitting > 1 {
            let middle = (fitting + tooMany) / 2
            if try fits(WeightPlacement(middle, ofLayers: layerCount)) { fitting = middle } else { tooMany = middle }
        }
        return WeightPlacement(fitting, ofLayers: layerCount)
    }

    /// Whether nothing is left to the host.
    package var isWhole: Bool { devicePartCount == partCount }

    /// Where one weight lies.
    package subscript(name: WeightName) -> Buffer.Placement {
        (name.layer ?? partCount - 1) < devicePartCount ? .device : .host
    }
}
