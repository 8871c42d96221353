package import LlamaradaTensors
package import LlamaradaText
package import LlamaradaThreads

/// A decoder's operations as the plain formulas of `Reference`, on the CPU.
///
/// Matrices are read from the file at every use and dequantized a tile at a time; vectors are small enough to keep.
package struct ReferenceOperations: ReadableOperations {
    /// Some tokens of one sequence.
    package struct Step: Sendable {
        package var tokens: [TokenID]
        package var positions: [Int]
        /// Where the sequence's positions lie in the cache.
        package var table: ReferencePageTable
        /// The same in layers with a window.
        package var windowedTable: ReferencePageTable
        /// The rows that logits are wanted of; nil takes the last ones.
        package var wanted: [Int]?

        package init(
            _ tokens: [TokenID], at position: Int, table: ReferencePageTable = .inOrder,
            windowedTable: ReferencePageTable? = nil, wanted: [Int]? = nil
        ) {
            self.tokens = tokens
            self.table = table
            self.windowedTable = windowedTable ?? table
            self.wanted = wanted
            positions = Array(position..<position + tokens.count)
        }
    }

    package var step = Step([], at: 0)
    package var cache: ReferenceCache
    /// What multiplies several tokens at once, or nil for the plain loop with f64 sums.
    package var blas: BLAS?
    package let file: GGUFFile
    private let configuration: ModelConfiguration
    package let tensors: ModelTensors
    package let workers: Workers
    private let angles: [AttentionReach: RoPETable]
    private let vectors: [WeightName: [Float]]

    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, keyCacheType: KVCacheType,
        valueCacheType: KVCacheType, threads: Int, blas: BLAS?
    ) throws(CheckpointError) {
        self.file = file
        self.configuration = configuration
        let tensors = try ModelTensors(file, configuration)
        self.tensors = tensors
        var vectors: [WeightName: [Float]] = [:]
        for (name, tensor) in tensors.all where tensor.shape.count == 1 { vectors[name] = try file.floats(of: tensor) }
        self.vectors = vectors
        angles = Dictionary(
            uniqueKeysWithValues: configuration.reaches.map { reach in
                (reach, RoPETable(configuration, reach, contextLength: contextLength))
            })
        workers = Workers(threads)
        self.blas = blas
        cache = ReferenceCache(
            layerCount: configuration.layerCount, headDim: configuration.headDim, keyType: keyCacheType,
            valueType: valueCacheType)
    }

    package var fusesNormProducts: Bool { false }

    package mutating func apply(_ operation: Operation, _ inputs: [Matrix], as point: TapPoint) throws -> Matrix {
        switch operation {
        case .embedding(let name): try Reference.embedding(step.tokens, matrix(name))
        case .rmsNorm(let name, let epsilon):
            Reference.rmsNorm(inputs[0], weight: vector(name), epsilon: epsilon)
        case .headNorm(let name, let epsilon):
            Reference.headNorm(inputs[0], weight: vector(name), epsilon: epsilon)
        case .product(let name): try Reference.matMul(inputs[0], matrix(name), workers: workers, blas: blas)
        case .normProduct(let norm, let epsilon, let name):
            try Reference.rmsNormMatVec(
                inputs[0], norm: vector(norm), epsilon: epsilon, matrix(name), workers: workers, blas: blas)
        case .bias(let name): Reference.addBias(inputs[0], vector(name))
        case .rope(_, let headDim, _, let pairing, let reach):
            Reference.rope(
                inputs[0], headDim: headDim, positions: step.positions, table: table(reach), pairing: pairing)
        case .cacheWrite(let side, let layer):
            cache.write(inputs[0], side, layer: layer, places: step.positions.map(pages(ofLayer: layer).place))
        case .attention(let shape, let layer):
            Reference.attention(
                inputs[0], keys: cache[.keys, layer], values: cache[.values, layer], headDim: shape.headDim,
                kvHeadCount: shape.kvHeads, window: shape.window, scale: shape.scale, positions: step.positions,
                place: pages(ofLayer: layer).place, workers: workers)
        case .swiGLU: Reference.swiGLU(gate: inputs[0], up: inputs[1])
        case .geGLU: Reference.geGLU(gate: inputs[0], up: inputs[1])
        case .scale(let factor): Reference.scale(inputs[0], by: factor)
        case .add: Reference.add(inputs[0], inputs[1])
        case .wantedRows(let count):
            Reference.gatherRows(inputs[0], step.wanted ?? Array(inputs[0].rows - count..<inputs[0].rows))
        }
    }

    package func read(_ tensor: Matrix) -> Matrix { tensor }

    private func pages(ofLayer layer: Int) -> ReferencePageTable {
        configuration.reach(ofLayer: layer) == .windowed ? step.windowedTable : step.table
    }

    private func table(_ reach: AttentionReach) -> RoPETable {
        guard let table = angles[reach] else { preconditionFailure("no angles of \(reach) attention") }
        return table
    }

    /// A weight of two dimensions, read from the file where it is used.
    package func matrix(_ name: WeightName) -> FileRows { FileRows(file, tensors[name]) }

    /// A weight of one dimension.
    package func vector(_ name: WeightName) -> [Float] {
        guard let vector = vectors[name] else { preconditionFailure("no vector \(name)") }
        return vector
    }
}
