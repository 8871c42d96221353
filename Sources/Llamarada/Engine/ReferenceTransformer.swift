package import LlamaradaTensors
package import LlamaradaText

/// The plain formula of a Llama model on the CPU: what every other backend is compared with.
///
/// Weights are read from the file at every pass and dequantized a tile at a time. Same file, same tokens: same bits,
/// whatever the number of threads. With BLAS, the bits of a prompt depend on how it is cut into passes.
package final class ReferenceTransformer: TappedTransformer {
    package let configuration: ModelConfiguration
    package let contextLength: Int
    package var tappedChunk: Int { contextLength }
    /// Is shown every intermediate tensor, in the order of computation.
    package var tap: ((TapPoint, Matrix) -> Void)?

    private let file: GGUFFile
    private let tensors: ModelTensors
    private let norms: Norms
    private let angles: RoPETable
    private let workers: Workers
    private let blas: BLAS?
    private var cache: ReferenceCache

    /// - Parameters:
    ///   - contextLength: the most tokens that the cache may hold.
    ///   - threads: how many threads compute; BLAS, too, is used on so many.
    ///   - blas: what multiplies several tokens at once, or nil for the plain loop.
    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, keyCacheType: KVCacheType = .f16,
        valueCacheType: KVCacheType = .f16, threads: Int, blas: BLAS? = .shared
    ) throws(CheckpointError) {
        self.file = file
        self.configuration = configuration
        self.contextLength = contextLength
        tensors = try ModelTensors(file, configuration)
        norms = try Norms(file, tensors, layerCount: configuration.layerCount)
        angles = RoPETable(configuration, contextLength: contextLength)
        workers = Workers(threads)
        self.blas = blas
        cache = ReferenceCache(
            layerCount: configuration.layerCount, keyType: keyCacheType, valueType: valueCacheType)
    }

    /// The same with one type for the whole cache.
    package convenience init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, cacheType: KVCacheType, threads: Int,
        blas: BLAS? = .shared
    ) throws(CheckpointError) {
        try self.init(
            file: file, configuration: configuration, contextLength: contextLength, keyCacheType: cacheType,
            valueCacheType: cacheType, threads: threads, blas: blas)
    }

    package func forward(_ tokens: [TokenID], at position: Int, logits: LogitsRequest) throws -> Matrix {
        require(
            position >= 0 && position <= cache.count && position + tokens.count <= contextLength && !tokens.isEmpty,
            "forward", "\(tokens.count) tokens at \(position), \(cache.count) of \(contextLength) cached")
        let (c, positions) = (configuration, Array(position..<position + tokens.count))
        // (tokens, dim): the residual stream
        var x = note(.embedding, try Reference.embedding(tokens, FileRows(file, tensors.tokenEmbedding)))
        for layer in 0..<c.layerCount {
            try Task.checkCancellation()
            func note(_ operation: TapPoint.Operation, _ matrix: Matrix) -> Matrix {
                self.note(operation, layer: layer, matrix)
            }
            func project(_ input: Matrix, _ tensor: LayerTensor) throws -> Matrix {
                try matMul(input, tensors[layer, tensor])
            }
            // (tokens, dim)
            let attentionNorm = note(
                .attentionNorm, Reference.rmsNorm(x, weight: norms.attention[layer], epsilon: c.normEpsilon))
            // (tokens, heads · headDim), (tokens, kvHeads · headDim) twice
            let q = note(.q, try project(attentionNorm, .query))
            let k = note(.k, try project(attentionNorm, .key))
            let v = note(.v, try project(attentionNorm, .value))
            let qRotated = note(
                .qRotated, Reference.rope(q, headDim: c.headDim, positions: positions, table: angles))
            let kRotated = note(
                .kRotated, Reference.rope(k, headDim: c.headDim, positions: positions, table: angles))
            // (positions so far, kvHeads · headDim)
            cache.write(keys: kRotated, values: v, layer: layer, at: position)
            if tap != nil {
                _ = note(.kCached, cache.rows(positions, of: cache.keys[layer], columns: c.kvDim))
                _ = note(.vCached, cache.rows(positions, of: cache.values[layer], columns: c.kvDim))
            }
            // (tokens, heads · headDim)
            let attention = note(
                .attention,
                Reference.attention(
                    qRotated, keys: cache.keys[layer], values: cache.values[layer], headDim: c.headDim,
                    kvHeadCount: c.kvHeadCount, positions: positions, workers: workers))
            // (tokens, dim)
            let attentionOutput = note(.attentionOutput, try project(attention, .attentionOutput))
            x = note(.afterAttention, Reference.add(x, attentionOutput))
            let ffnNorm = note(.ffnNorm, Reference.rmsNorm(x, weight: norms.ffn[layer], epsilon: c.normEpsilon))
            // (tokens, ffnDim)
            let gate = note(.gate, try project(ffnNorm, .gate))
            let up = note(.up, try project(ffnNorm, .up))
            let swiglu = note(.swiglu, Reference.swiGLU(gate: gate, up: up))
            // (tokens, dim)
            let down = note(.down, try project(swiglu, .down))
            x = note(.afterFFN, Reference.add(x, down))
        }
        cache.count = position + tokens.count
        return try head(x, logits)
    }

    /// The last norm and the output head: (0, 1 or tokens; vocabulary).
    private func head(_ x: Matrix, _ logits: LogitsRequest) throws -> Matrix {
        guard logits != .none else { return Matrix(rows: 0, columns: configuration.vocabularySize, values: []) }
        let wanted = logits == .last ? x.lastRow : x
        let normed = note(
            .finalNorm, Reference.rmsNorm(wanted, weight: norms.output, epsilon: configuration.normEpsilon))
        return note(.logits, try matMul(normed, tensors.output))
    }

    private func matMul(_ x: Matrix, _ tensor: TensorDescription) throws -> Matrix {
        try Reference.matMul(x, FileRows(file, tensor), workers: workers, blas: blas)
    }

    private func note(_ operation: TapPoint.Operation, layer: Int? = nil, _ matrix: Matrix) -> Matrix {
        tap?(TapPoint(layer: layer, operation), matrix)
        return matrix
    }
}

/// The weights of the norms, all (dim): small enough to keep.
private struct Norms {
    let attention: [[Float]]
    let ffn: [[Float]]
    let output: [Float]

    init(_ file: GGUFFile, _ tensors: ModelTensors, layerCount: Int) throws(CheckpointError) {
        var (attention, ffn): ([[Float]], [[Float]]) = ([], [])
        for layer in 0..<layerCount {
            attention.append(try file.floats(of: tensors[layer, .attentionNorm]))
            ffn.append(try file.floats(of: tensors[layer, .ffnNorm]))
        }
        self.attention = attention
        self.ffn = ffn
        output = try file.floats(of: tensors.outputNorm)
    }
}
