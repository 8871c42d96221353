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
    package var tap: Tap?

    private var operations: ReferenceOperations
    private var cachedCount = 0

    /// - Parameters:
    ///   - contextLength: the most tokens that the cache may hold.
    ///   - threads: how many threads compute; BLAS, too, is used on so many.
    ///   - blas: what multiplies several tokens at once, or nil for the plain loop.
    package init(
        file: GGUFFile, configuration: ModelConfiguration, contextLength: Int, keyCacheType: KVCacheType = .f16,
        valueCacheType: KVCacheType = .f16, threads: Int, blas: BLAS? = .shared
    ) throws(CheckpointError) {
        self.configuration = configuration
        self.contextLength = contextLength
        operations = try ReferenceOperations(
            file: file, configuration: configuration, contextLength: contextLength, keyCacheType: keyCacheType,
            valueCacheType: valueCacheType, threads: threads, blas: blas)
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
        let cached = cachedCount
        require(
            position >= 0 && position <= cached && position + tokens.count <= contextLength && !tokens.isEmpty,
            "forward", "\(tokens.count) tokens at \(position), \(cached) of \(contextLength) cached")
        operations.step = .init(tokens, at: position)
        let wanted = logits == .none ? 0 : logits == .last ? 1 : tokens.count
        let result = try run(wanted: wanted)
        cachedCount = position + tokens.count
        return result ?? Matrix(rows: 0, columns: configuration.vocabularySize, values: [])
    }

    private func run(wanted: Int) throws -> Matrix? {
        let decoder = Decoder(configuration)
        guard let tap else { return try decoder.forward(&operations, wanted: wanted) }
        return try decoder.forward(&operations, wanted: wanted, showing: tap)
    }
}
