import Llamarada
import LlamaradaErrors
public import LlamaradaTensors
import LlamaradaText
import LlamaradaThreads

/// The log-probabilities of a base model over a text, saved for comparison: llama.cpp's `--kl-divergence-base` format.
///
/// Little endian: `_logits_`, then u32 tokens of a chunk, u32 vocabulary, u32 chunks, then all tokens as u32, then for
/// every scored position (the second half of each chunk but its last) a ``CompressedRow``.
public struct LogitsBaseFile: Sendable {
    static let magic = Array("_logits_".utf8)
    static let headerByteCount = 20

    /// The path as the caller gave it.
    public var path: String { source.name }
    /// Tokens of a chunk.
    public let contextLength: Int
    /// Tokens that the base model knows.
    public let vocabularySize: Int
    /// Chunks.
    public let chunkCount: Int
    /// The text, (chunkCount · contextLength).
    public let tokens: [Int32]
    private let source: any ByteSource

    /// Opens a file and checks that its header, size and tokens make sense.
    ///
    /// Throws `CheckpointError` naming what was expected and what was found.
    public init(path: String) throws(CheckpointError) {
        try self.init(source: ModelFile(path: path))
    }

    package init(source: any ByteSource) throws(CheckpointError) {
        func invalid(_ problem: String) -> CheckpointError { Self.invalid(source.name, problem) }
        guard source.byteCount >= Self.headerByteCount else {
            throw invalid("expected at least \(Self.headerByteCount) bytes, found \(source.byteCount)")
        }
        let header = try Self.read(source, count: Self.headerByteCount, at: 0, as: UInt8.self)
        guard header.starts(with: Self.magic) else {
            let found = String(decoding: header.prefix(Self.magic.count), as: UTF8.self)
            throw invalid("expected '_logits_' at the start, found \(found.quoted())")
        }
        let numbers = try Self.read(source, count: 3, at: Self.magic.count, as: UInt32.self).map { Int($0) }
        let (length, vocabulary, count) = (numbers[0], numbers[1], numbers[2])
        let bound = 1 << 24
        guard EvaluationChunks.shortest...bound ~= length, 1...bound ~= vocabulary, 1...bound ~= count else {
            throw invalid("\(length) tokens a chunk, a vocabulary of \(vocabulary) and \(count) chunks make no sense")
        }
        let tokenCount = length * count
        let scored = length - 1 - length / 2
        // Up to 2⁷¹ with these bounds; everything else is far below 2⁶³.
        let (rows, overflow) = (count * scored).multipliedReportingOverflow(by: CompressedRow.byteCount(vocabulary))
        let text = "\(count) chunks of \(length) tokens and a vocabulary of \(vocabulary)"
        guard !overflow, rows < 1 << 62 else { throw invalid("\(text) do not fit any file") }
        let expected = Self.headerByteCount + 4 * tokenCount + rows
        guard source.byteCount == expected else {
            throw invalid("expected \(expected) bytes for \(text), found \(source.byteCount)")
        }
        tokens = try Self.read(source, count: tokenCount, at: Self.headerByteCount, as: Int32.self)
        if let wrong = tokens.firstIndex(where: { $0 < 0 || Int($0) >= vocabulary }) {
            throw invalid("token \(wrong) is \(tokens[wrong]), outside the vocabulary of \(vocabulary)")
        }
        contextLength = length
        vocabularySize = vocabulary
        chunkCount = count
        self.source = source
    }

    /// Throws unless the rows of a chunk hold log-probabilities.
    package func checkRows(ofChunk chunk: Int) throws(CheckpointError) { _ = try rows(ofChunk: chunk) }

    /// The compressed rows of a chunk, one after the other.
    func rows(ofChunk chunk: Int) throws(CheckpointError) -> [UInt16] {
        let scored = contextLength - 1 - contextLength / 2
        let count = scored * CompressedRow.wordCount(vocabularySize)
        let rows = try Self.read(
            source, count: count, at: Self.headerByteCount + 4 * tokens.count + 2 * chunk * count, as: UInt16.self)
        for row in 0..<scored {
            let isSound = rows.withUnsafeBufferPointer {
                CompressedRow($0, row: row, vocabulary: vocabularySize).isSound
            }
            guard isSound else {
                throw Self.invalid(path, "row \(row) of chunk \(chunk) holds no log-probabilities")
            }
        }
        return rows
    }

    static func invalid(_ file: String, _ problem: String) -> CheckpointError {
        CheckpointError(
            .invalid, file: file, problem: "not a usable base of log-probabilities: \(problem)",
            remedy: .remakeBase)
    }

    private static func read<Element: BitwiseCopyable>(
        _ source: any ByteSource, count: Int, at byteOffset: Int, as: Element.Type
    ) throws(CheckpointError) -> [Element] {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: count * MemoryLayout<Element>.stride, alignment: 16)
        defer { bytes.deallocate() }
        try source.read(into: bytes, at: byteOffset)
        return Array(bytes.bindMemory(to: Element.self))
    }
}

/// Writes a ``LogitsBaseFile`` chunk by chunk into an output, whose commit is left to the caller.
final class LogitsBaseWriter {
    private let file: AtomicOutputFile
    private let vocabulary: Int

    init(_ file: AtomicOutputFile, _ chunks: EvaluationChunks, vocabulary: Int) throws(CheckpointError) {
        self.file = file
        self.vocabulary = vocabulary
        try write(LogitsBaseFile.magic)
        try write([chunks.length, vocabulary, chunks.count].map { UInt32($0) })
        try write(chunks.tokens)
    }

    /// Adds the rows of the next chunk.
    ///
    /// - Parameters:
    ///   - logits: (scored positions, vocabulary).
    func append(_ logits: Matrix, _ workers: Workers) throws {
        let words = CompressedRow.wordCount(vocabulary)
        let rows = try logits.mapRows(workers, initial: [UInt16]()) { _, logits in
            [UInt16](unsafeUninitializedCapacity: words) { row, count in
                CompressedRow.compress(logits, into: row)
                count = words
            }
        }
        for row in rows { try write(row) }
    }

    private func write(_ elements: [some BitwiseCopyable]) throws(CheckpointError) {
        let result = elements.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try file.write(bytes) }
        }
        try result.get()
    }
}
