package import LlamaradaDevice
import LlamaradaTensors
import LlamaradaThreads

/// How far loading has come.
public struct LoadProgress: Sendable {
    /// Bytes of the file that are in device memory.
    public var loadedByteCount: Int
    /// Bytes of all tensors.
    public var totalByteCount: Int
}

/// Every weight of a model in memory that the device reads, uploaded once.
package struct VulkanWeights {
    /// Matrices as they were loaded: alone, or joined.
    private var loaded: [WeightMatrix] = []
    private var matrices: [WeightName: WeightMatrix] = [:]
    private var vectors: [WeightName: View<Float>] = [:]
    /// What each matrix was loaded with.
    private var groups: [WeightName: (names: [WeightName], matrix: WeightMatrix)] = [:]

    /// A weight of two dimensions; a tied head is the token embedding itself.
    package func matrix(_ name: WeightName) -> WeightMatrix {
        guard let matrix = matrices[name] ?? (name.kind == .output ? matrices[WeightName(.tokenEmbedding)] : nil) else {
            preconditionFailure("no matrix \(name)")
        }
        return matrix
    }

    /// Matrices in as few pieces as they can be multiplied by.
    ///
    /// - Returns: for each piece the places of its matrices among `names`, and the matrix that joins them.
    package func joined(_ names: [WeightName]) -> [(places: Range<Int>, matrix: WeightMatrix)] {
        var pieces: [(places: Range<Int>, matrix: WeightMatrix)] = []
        var first = 0
        while first < names.count {
            if let group = groups[names[first]], names[first...].starts(with: group.names) {
                pieces.append((first..<first + group.names.count, group.matrix))
            } else {
                pieces.append((first..<first + 1, matrix(names[first])))
            }
            first = pieces[pieces.count - 1].places.upperBound
        }
        return pieces
    }

    /// The buffers of all matrices.
    var matrixBuffers: [Buffer] { loaded.flatMap { $0.shards.map(\.words.view.buffer) } }

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
        for group in try WeightGroup.all(of: tensors, placement, on: device) {
            let placement = placement[group.names[0]]
            if group.isVector {
                vectors[group.names[0]] = try loader.vector(group.tensors[0], in: placement)
            } else {
                add(try loader.matrix(group, in: placement), group.names)
            }
        }
        try loader.staging.finish()
    }

    /// Every weight of the model, never filled, on a device that only compiles or counts: a pass recorded with them names
    /// the pipelines that a run would.
    init(
        outlining tensors: ModelTensors, _ placement: WeightPlacement, on device: Device
    ) throws(DeviceError) {
        for group in try WeightGroup.all(of: tensors, placement, on: device) {
            let placement = placement[group.names[0]]
            if group.isVector {
                vectors[group.names[0]] = try device.allocate(
                    Float.self, count: group.tensors[0].elementCount, name: group.name, in: placement)
            } else {
                let matrix = try WeightMatrix(
                    outlining: group.elementType, joining: group.rows, columns: group.columns, name: group.name,
                    on: device, in: placement)
                add(matrix, group.names)
            }
        }
    }

    private mutating func add(_ matrix: WeightMatrix, _ names: [WeightName]) {
        loaded.append(matrix)
        for (index, name) in names.enumerated() {
            matrices[name] = names.count == 1 ? matrix : matrix.part(index)
            groups[name] = (names, matrix)
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

    mutating func matrix(_ group: WeightGroup, in placement: Buffer.Placement) throws -> WeightMatrix {
        let (before, total, progress, byteCount) = (loaded, total, progress, group.byteCount)
        loaded += byteCount
        try Task.checkCancellation()
        return try WeightMatrix(
            group.elementType,
            joining: group.tensors.map { [file] tensor in
                WeightPart(rows: tensor.rowCount) { rows, bytes in
                    let start = rows.lowerBound * tensor.rowByteCount
                    try file.read(tensor, byteRange: start..<rows.upperBound * tensor.rowByteCount, into: bytes)
                }
            },
            columns: group.columns, name: group.name, on: device, staging: staging, team: .forLoading,
            allocate: { [device] in try device.allocate(UInt32.self, count: $0, name: group.name, in: placement) },
            filled: { rows in
                try Task.checkCancellation()
                // Between joined matrices there are rows that no file has.
                let filled = min(byteCount, rows * group.tensors[0].rowByteCount)
                try progress?(LoadProgress(loadedByteCount: before + filled, totalByteCount: total))
            })
    }

    mutating func vector(_ tensor: TensorDescription, in placement: Buffer.Placement) throws -> View<Float> {
        let values = try file.floats(of: tensor)
        loaded += tensor.byteCount
        let view = try device.allocate(Float.self, count: values.count, name: tensor.name, in: placement)
        try device.upload(values, to: view)
        return view
    }
}
