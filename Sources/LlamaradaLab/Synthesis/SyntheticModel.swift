import Llamarada
public import LlamaradaTensors
import LlamaradaThreads

/// A model of a given shape with random weights, written as a GGUF file.
///
/// It says nothing sensible, but loads, runs and takes exactly the time and memory of a trained one.
public struct SyntheticModel: Sendable {
    /// The shape.
    public let shape: SyntheticShape
    /// How matrices are stored; norms are F32, and rows that are no whole blocks of 256 have the type that llama.cpp's
    /// quantiser falls back to.
    public let mixture: WeightMixture
    /// Start of the random sequence: the same gives the same file.
    public let seed: UInt64

    /// Types that matrices can have.
    public static var types: [ElementType] { RandomBlocks.types }

    /// Describes a model with matrices of one type, one of `types`.
    public init(shape: SyntheticShape, type: ElementType, seed: UInt64 = 0) {
        precondition(Self.types.contains(type), "SyntheticModel: \(type.name)")
        self.init(shape: shape, mixture: WeightMixture(type), seed: seed)
    }

    /// Describes a model.
    public init(shape: SyntheticShape, mixture: WeightMixture, seed: UInt64 = 0) {
        self.shape = shape
        self.mixture = mixture
        self.seed = seed
    }

    /// All weights, in bytes.
    public var weightByteCount: Int {
        shape.tensors.reduce(0) { sum, tensor in
            sum + (elementType(of: tensor).byteCount(elementCount: tensor.shape.reduce(1, *)) ?? 0)
        }
    }

    /// Writes the file; it appears at `path` when it is complete.
    ///
    /// - Parameters:
    ///   - progress: gets the weights' bytes written so far and in all; may throw to stop.
    /// - Throws: `CheckpointError` with code `io` where the disk fails, and what `progress` throws.
    public func write(to path: String, progress: (Int, Int) throws -> Void = { _, _ in }) throws {
        let file = try AtomicOutputFile(path: path)
        try write(to: file, progress: progress)
        try file.commit()
    }

    /// The same into an output that is open already, whose commit is left to the caller.
    package func write(to file: AtomicOutputFile, progress: (Int, Int) throws -> Void) throws {
        let total = weightByteCount
        var written = 0
        let tensors = shape.tensors
        let indices = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
        try writer.write(to: file) { description, sink in
            guard let index = indices[description.name] else { return }
            try write(tensors[index], index, as: description.elementType) { bytes in
                try sink(bytes)
                written += bytes.count
                try progress(written, total)
            }
        }
    }

    /// The file's header: metadata and tensor descriptions.
    package var writer: GGUFWriter {
        var writer = GGUFWriter()
        writer.add(ModelKey.architecture.rawValue, .text(Architecture.llama.name))
        writer.add(ModelKey.name.rawValue, .text("Synthetic \(shape.name) \(mixture.name)"))
        if let number = mixture.fileType { writer.add("general.file_type", .uint32(number)) }
        writer.add("general.quantization_version", .uint32(2))
        let numbers: [(ModelKey, Int)] = [
            (.vocabularySize, SyntheticShape.vocabularySize), (.contextLength, SyntheticShape.contextLength),
            (.embeddingLength, shape.dim), (.blockCount, shape.layerCount), (.feedForwardLength, shape.ffnDim),
            (.ropeDimensionCount, shape.headDim), (.headCount, shape.headCount), (.headCountKV, shape.kvHeadCount),
        ]
        for (key, number) in numbers { writer.add(key.name(.llama), .uint32(UInt32(number))) }
        writer.add(ModelKey.normEpsilon.name(.llama), .float32(shape.normEpsilon))
        writer.add(ModelKey.ropeBase.name(.llama), .float32(SyntheticShape.ropeBase))
        SyntheticVocabulary.add(to: &writer, count: SyntheticShape.vocabularySize)
        for tensor in shape.tensors {
            writer.addTensor(tensor.name, shape: tensor.shape, elementType: elementType(of: tensor))
        }
        return writer
    }

    /// Rows that are no whole blocks take the type that llama.cpp's quantiser falls back to.
    private func elementType(of tensor: SyntheticTensor) -> ElementType {
        if tensor.content == .norm { return .f32 }
        let columns = tensor.shape[tensor.shape.count - 1]
        let model = QuantizedShape(
            layerCount: shape.layerCount, headsPerKVHead: shape.headCount / shape.kvHeadCount, hasHead: true)
        return mixture.type(of: tensor.name, columns: columns, in: model).fitting(columns: columns)
    }
}

extension SyntheticModel {
    /// Blocks that one piece of work fills: about 1 MiB, whatever the number of threads, so that files are the same.
    private static func pieceBlockCount(_ type: ElementType) -> Int { type.blockElementCount > 32 ? 1 << 12 : 1 << 15 }
    private static let workers = Workers(LoadOptions.defaultThreads)

    /// Hands on a tensor's bytes, of whole blocks.
    ///
    /// - Parameter index: no other tensor's, so that its numbers are its own.
    func write(_ tensor: SyntheticTensor, _ index: Int, as type: ElementType, _ sink: GGUFWriter.Sink) throws {
        if tensor.content == .norm { return try writeNorm(tensor, index, as: type, sink) }
        let count = tensor.shape.reduce(1, *)
        let wholeByteCount = count / type.blockElementCount * type.blockByteCount
        let rowByteCount = wholeByteCount / (count / tensor.shape[tensor.shape.count - 1])
        let pieceByteCount = Self.pieceBlockCount(type) * type.blockByteCount
        let pieces = (wholeByteCount + pieceByteCount - 1) / pieceByteCount
        let together = 8 * Self.workers.count
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(wholeByteCount, together * pieceByteCount), alignment: 64)
        defer { buffer.deallocate() }
        for first in stride(from: 0, to: pieces, by: together) {
            let byteCount = min(buffer.count, wholeByteCount - first * pieceByteCount)
            // Safety: every piece is filled by one thread.
            nonisolated(unsafe) let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount])
            Self.workers.forEach(min(together, pieces - first)) { piece in
                let start = piece * pieceByteCount
                let end = min(byteCount, start + pieceByteCount)
                var blocks = RandomBlocks(
                    type, deviation: tensor.content.deviation, seed: pieceSeed(index, first + piece))
                blocks.fill(UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end]))
            }
            if first == 0, case .head(_, let rows) = tensor.content {
                // All bits 0 is the number 0 in every type.
                bytes[..<(rows * rowByteCount)].initializeMemory(as: UInt8.self, repeating: 0)
            }
            try sink(UnsafeRawBufferPointer(bytes))
        }
    }

    private func writeNorm(
        _ tensor: SyntheticTensor, _ index: Int, as type: ElementType, _ sink: GGUFWriter.Sink
    ) throws {
        var random = RandomSource(seed: pieceSeed(index, 0))
        let weights = (0..<tensor.shape.reduce(1, *)).map { _ in Float(0.8 + 0.4 * random.nextUnit()) }
        switch type {
        case .f16: try weights.map(Float16.init).withUnsafeBytes(sink)
        // The upper half, rounded towards 0.
        case .bf16: try weights.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes(sink)
        default: try weights.withUnsafeBytes(sink)
        }
    }

    /// A seed of its own for every piece: tensors and pieces are fewer than 2²⁰ and 2³².
    private func pieceSeed(_ tensor: Int, _ piece: Int) -> UInt64 {
        // Odd, so that different pieces of one seed never meet; RandomSource mixes the bits.
        seed &* 0xD134_2543_DE82_EF95 ^ UInt64(tensor) << 32 ^ UInt64(piece)
    }
}

extension SyntheticTensor.Content {
    var deviation: Double {
        switch self {
        case .matrix(let deviation), .head(let deviation, _): deviation
        case .norm: 0
        }
    }
}
