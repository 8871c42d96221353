package import LlamaradaDevice
import LlamaradaTensors

/// How far loading has come.
public struct LoadProgress: Sendable {
    /// Bytes of the file that are in device memory.
    public var loadedByteCount: Int
    /// Bytes of all tensors.
    public var totalByteCount: Int
}

/// Every weight of a model in memory that the device reads, uploaded once.
package struct VulkanWeights {
    private var matrices: [WeightName: WeightMatrix] = [:]
    private var vectors: [WeightName: View<Float>] = [:]

    /// A weight of two dimensions; a tied head is the token embedding itself.
    package func matrix(_ name: WeightName) -> WeightMatrix {
        guard let matrix = matrices[name] ?? (name.kind == .output ? matrices[WeightName(.tokenEmbedding)] : nil) else {
            preconditionFailure("no matrix \(name)")
        }
        return matrix
    }

    /// The buffers of all matrices.
    var matrixBuffers: [Buffer] { matrices.values.flatMap { $0.shards.map(\.words.view.buffer) } }

    /// A weight of one dimension.
    package func vector(_ name: WeightName) -> View<Float> {
        guard let vector = vectors[name] else { preconditionFailure("no vector \(name)") }
        return vector
    }

    /// Reads every tensor from the file, tile by tile, straight to where the device or a staging slot has it.
    init(
        _ file: GGUFFile, _ tensors: ModelTensors, _ placement: WeightPlacement, on device: Device,
        progress: ((LoadProgress) throws -> Void)?
    ) throws {
        var loader = Loader(file, device, progress)
        for (name, tensor) in tensors.all {
            if tensor.shape.count == 1 {
                vectors[name] = try loader.vector(tensor, in: placement[name])
            } else {
                matrices[name] = try loader.matrix(tensor, in: placement[name])
            }
        }
        try loader.staging.finish()
    }

    /// Every weight of the model, never filled, on a device that only compiles: a pass recorded with them names the
    /// pipelines that a run would.
    init(outlining tensors: ModelTensors, on device: Device) throws(DeviceError) {
        for (name, tensor) in tensors.all {
            if tensor.shape.count == 1 {
                vectors[name] = try device.allocate(Float.self, count: tensor.elementCount, name: tensor.name)
            } else {
                matrices[name] = try WeightMatrix(outlining: tensor, on: device)
            }
        }
    }
}

/// Uploads tensors one after the other and reports how far it is.
private struct Loader {
    let file: GGUFFile
    let device: Device
    let staging: StagingRing
    let progress: ((LoadProgress) throws -> Void)?
    let total: Int
    var loaded = 0

    init(_ file: GGUFFile, _ device: Device, _ progress: ((LoadProgress) throws -> Void)?) {
        self.file = file
        self.device = device
        self.progress = progress
        staging = StagingRing(device)
        total = file.tensors.reduce(0) { $0 + $1.byteCount }
    }

    mutating func matrix(_ tensor: TensorDescription, in placement: Buffer.Placement) throws -> WeightMatrix {
        let (before, total, progress) = (loaded, total, progress)
        loaded += tensor.byteCount
        try Task.checkCancellation()
        return try WeightMatrix(
            tensor.elementType, rows: tensor.rowCount, columns: tensor.columnCount, name: tensor.name, on: device,
            staging: staging, team: .forLoading,
            allocate: { [device] in
                try device.allocate(UInt32.self, count: $0, name: tensor.name, in: placement)
            },
            filled: { rows in
                try Task.checkCancellation()
                try progress?(
                    LoadProgress(loadedByteCount: before + rows * tensor.rowByteCount, totalByteCount: total))
            }
        ) { [file] rows, bytes in
            let start = rows.lowerBound * tensor.rowByteCount
            try file.read(tensor, byteRange: start..<rows.upperBound * tensor.rowByteCount, into: bytes)
        }
    }

    mutating func vector(_ tensor: TensorDescription, in placement: Buffer.Placement) throws -> View<Float> {
        let values = try file.floats(of: tensor)
        loaded += tensor.byteCount
        let view = try device.allocate(Float.self, count: values.count, name: tensor.name, in: placement)
        try device.upload(values, to: view)
        return view
    }
}
