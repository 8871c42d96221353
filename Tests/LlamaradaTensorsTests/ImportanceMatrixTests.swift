import Foundation
import LlamaradaErrors
import LlamaradaTensors
import Testing

@Suite struct ImportanceMatrixTests {
    private static let matrix = ImportanceMatrix(
        entries: [
            "blk.0.attn_q.weight": .init(squares: [1, 0, 9, 6], count: 4),
            "blk.0.ffn_down.weight": .init(squares: [0, 0], count: 4),
        ], datasets: ["a text.txt"], chunkCount: 2, chunkLength: 512)

    /// As older programs wrote it: means times the number of chunks.
    private static var legacy: [UInt8] {
        func text(_ text: String) -> [UInt8] { RawGGUF.number(Int32(text.utf8.count)) + Array(text.utf8) }
        func floats(_ values: [Float]) -> [UInt8] { values.flatMap { RawGGUF.number($0.bitPattern) } }
        var bytes = RawGGUF.number(Int32(2))
        bytes += text("blk.0.attn_q.weight") + RawGGUF.number(Int32(2)) + RawGGUF.number(Int32(4))
        bytes += floats([0.5, 0, 4.5, 3])
        bytes += text("blk.0.ffn_down.weight") + RawGGUF.number(Int32(2)) + RawGGUF.number(Int32(2)) + floats([0, 0])
        return bytes + RawGGUF.number(Int32(2)) + text("a text.txt")
    }

    private static func bytes() throws -> [UInt8] {
        let url = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf")
        let output = try AtomicOutputFile(path: url.path())
        try matrix.write(to: output)
        try output.commit()
        defer { try? FileManager.default.removeItem(at: url) }
        return Array(try Data(contentsOf: url))
    }

    @Test func comesBackFromItsFile() throws {
        let found = try ImportanceMatrix(source: MemorySource(Self.bytes()))
        #expect(found.entries == Self.matrix.entries && found.datasets == ["a text.txt"])
        #expect(found.chunkCount == 2 && found.chunkLength == 512)
    }

    @Test func bothFormatsGiveTheSameWeights() throws {
        for source in [try Self.bytes(), Self.legacy] {
            let found = try ImportanceMatrix(source: MemorySource(source))
            // 1 on average, and never nothing.
            #expect(found.weights(of: "blk.0.attn_q.weight") == [0.25, 1e-5, 2.25, 1.5])
            // Where nothing was multiplied nothing is known.
            #expect(found.weights(of: "blk.0.ffn_down.weight") == nil)
            #expect(found.weights(of: "output.weight") == nil)
            #expect(found.datasets == ["a text.txt"] && found.chunkCount == 2)
        }
        // The end is missing in the oldest files.
        let oldest = Self.legacy.dropLast(8 + "a text.txt".utf8.count)
        #expect(try ImportanceMatrix(source: MemorySource(Array(oldest))).datasets.isEmpty)
    }

    @Test func whatIsNoneIsRefused() throws {
        func refusal(_ bytes: [UInt8]) -> String? {
            #expect(throws: CheckpointError.self) { try ImportanceMatrix(source: MemorySource(bytes)) }?.problem
        }
        #expect(refusal(RawGGUF().bytes())?.contains("expected an importance matrix, found a 'model'") == true)
        #expect(refusal([]) != nil && refusal([1, 2, 3]) != nil && refusal([0, 0, 0, 0]) != nil)
        #expect(refusal(Self.legacy + [0])?.contains("expected its end") == true)
        for wrong: Float in [.nan, .infinity, -1] {
            var bytes = Self.legacy
            let place = 12 + "blk.0.attn_q.weight".utf8.count + 4
            bytes.replaceSubrange(place..<place + 4, with: RawGGUF.number(wrong.bitPattern))
            #expect(refusal(bytes)?.contains("expected sums of squares") == true)
        }
    }

    @Test func anotherModelsIsRefused() throws {
        func plan(columns: Int, name: String) throws -> QuantizationPlan {
            var writer = GGUFWriter()
            writer.add("general.architecture", .text("llama"))
            writer.add("llama.block_count", .uint32(1))
            writer.addTensor(name, shape: [2, columns], elementType: .f32)
            let file = try GGUFFile(source: MemorySource(writer.bytes()))
            let importance = ImportanceMatrix(
                entries: ["blk.0.attn_q.weight": .init(squares: Array(repeating: 2, count: 32), count: 1)],
                datasets: [], chunkCount: 1, chunkLength: 4)
            return try QuantizationPlan(
                .q4_0, for: file, allowsRequantization: false, importance: (importance, "some.imatrix"))
        }
        #expect(try plan(columns: 32, name: "blk.0.attn_q.weight").entries[0].importance?.count == 32)
        let wide = #expect(throws: CheckpointError.self) { try plan(columns: 64, name: "blk.0.attn_q.weight") }
        #expect(wide?.file == "some.imatrix" && wide?.problem.contains("has 32 columns") == true)
        #expect(throws: CheckpointError.self) { try plan(columns: 32, name: "blk.0.attn_k.weight") }
    }

    /// Ten thousand damaged files of both formats: each is read or refused.
    @Test(.timeLimit(.minutes(1))) func mutationsNeitherCrashNorHang() throws {
        var random = SplitMix(seed: 12)
        let bases = [Self.legacy, try Self.bytes()]
        var accepted = 0
        for round in 0..<10_000 {
            var bytes = bases[round % 2]
            for _ in 0...Int.random(in: 0..<3, using: &random) { bytes.mutate(using: &random) }
            do {
                let matrix = try ImportanceMatrix(source: MemorySource(bytes))
                for name in matrix.entries.keys {
                    let weights = matrix.weights(of: name) ?? [1]
                    #expect(weights.allSatisfy { $0.isFinite && $0 > 0 }, "round \(round)")
                }
                accepted += 1
            } catch {
                #expect(error.code == .invalid || error.code == .unsupported, "round \(round): \(error)")
            }
        }
        #expect((100..<9_900).contains(accepted), "\(accepted) accepted")
    }
}
