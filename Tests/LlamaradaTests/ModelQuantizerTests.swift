import Foundation
import Llamarada
import LlamaradaTensors
import Testing

@Suite struct ModelQuantizerTests {
    /// A tensor of several pieces, which begin in the middle of a row, by the importance of its columns: as one piece.
    @Test func piecesKnowTheirColumns() throws {
        let (rows, columns) = (600, 768)
        let values = (0..<rows * columns).map { Float(($0 * 7919) % 2003 - 1001) / 1001 }
        let squares = (0..<columns).map { Float(($0 * 31) % 97 + 1) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var writer = GGUFWriter()
        writer.add("general.architecture", .text("llama"))
        writer.add("llama.block_count", .uint32(1))
        writer.addTensor("blk.0.attn_q.weight", shape: [rows, columns], elementType: .f32)
        let path = folder.appending(path: "in.gguf").path()
        try writer.write(to: path) { _, sink in try values.withUnsafeBytes(sink) }

        let file = try GGUFFile.open(path: path)
        let importance = ImportanceMatrix(
            entries: ["blk.0.attn_q.weight": .init(squares: squares, count: 1)], datasets: [], chunkCount: 1,
            chunkLength: 512)
        let plan = try QuantizationPlan(
            .q4_0, for: file, allowsRequantization: false, importance: (importance, "imatrix.gguf"))
        let output = try AtomicOutputFile(path: folder.appending(path: "out.gguf").path())
        try ModelQuantizer(file, plan: plan, threads: 2).write(to: output) { _, _ in }
        try output.commit()

        let found = try GGUFFile.open(path: output.path)
        let weights = try #require(importance.weights(of: "blk.0.attn_q.weight"))
        var expected = [UInt8](repeating: 0, count: rows * columns / 32 * 18)
        expected.withUnsafeMutableBytes { target in
            values.withUnsafeBufferPointer { values in
                weights.withUnsafeBufferPointer {
                    ElementType.q4_0.quantize(values, importance: $0, into: target)
                }
            }
        }
        var bytes = [UInt8](repeating: 0, count: expected.count)
        try bytes.withUnsafeMutableBytes { try found.read(found.tensors[0], byteRange: 0..<$0.count, into: $0) }
        #expect(bytes == expected)
    }
}
