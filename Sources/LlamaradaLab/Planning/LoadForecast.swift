package import Llamarada
package import LlamaradaDevice
import LlamaradaTensors

/// Whether a model fits a device, what takes how much, what else would fit, and what to expect of it: all of it from
/// the file's header.
package struct LoadForecast: Sendable {
    package let configuration: ModelConfiguration
    package let device: DeviceDescription
    package let request: EngineRequest
    /// The file as it is.
    package let file: LoadCandidate
    /// The same model with all matrices in each type that can be loaded, the largest first.
    package let types: [LoadCandidate]
    /// What would help where the file does not fit.
    package let advice: [LoadAdvice]
    /// What it is with some layers in the host's memory; empty where all memory is the device's.
    package let splits: [SplitForecast]
    /// What the device was measured to do at best; nil where nobody asked.
    package let peaks: DevicePeaks?

    /// Plans without reading a weight or allocating anything.
    ///
    /// - Parameter device: one that only compiles will do.
    package init(_ model: ModelLoader, _ request: EngineRequest, on device: Device, peaks: DevicePeaks? = nil) throws {
        self.init(
            model.configuration, try ModelTensors(model.file, model.configuration), request, on: device, peaks: peaks)
    }

    /// The same for a model that need be in no file.
    package init(
        _ configuration: ModelConfiguration, _ tensors: ModelTensors, _ request: EngineRequest, on device: Device,
        peaks: DevicePeaks? = nil
    ) {
        let planner = LoadPlanner(configuration: configuration, device: device)
        self.configuration = configuration
        self.device = device.description
        self.request = request
        self.peaks = peaks
        file = LoadCandidate(planner, request, tensors, nil)
        types = ElementType.allCases.map { type in
            LoadCandidate(
                planner, request, ModelTensors(configuration, matrixType: { type.fitting(columns: $0) }), type)
        }.sorted { ($1.fileByteCount, $0.name) < ($0.fileByteCount, $1.name) }
        advice = planner.advice(request, file, tensors, types: types)
        splits = SplitForecast.all(planner, request, tensors, file, peaks)
    }

    /// Tokens a second of all sequences together, at most, with an empty and with a full cache: no kernel reads faster
    /// than the one that does nothing else.
    package func decodingRate(_ candidate: LoadCandidate) -> (empty: Double, full: Double)? {
        guard let peaks, let empty = candidate.emptyCost, let full = candidate.fullCost else { return nil }
        func rate(_ cost: Cost) -> Double {
            let seconds = max(Double(cost.bytes) / peaks.readBandwidth, Double(cost.flops) / peaks.flops)
            return seconds > 0 ? Double(request.slots) / seconds : 0
        }
        return (rate(empty), rate(full))
    }
}

extension LoadCandidate {
    fileprivate var name: String { elementType?.name ?? "" }
}
