import LlamaradaTensors
import Testing

@Suite struct GGUFFileTests {
    @Test func whatIsWrittenIsRead() throws {
        let bytes = try everyKindOfValue().bytes { tensor in
            (0..<tensor.byteCount).map { UInt8(truncatingIfNeeded: $0 ^ tensor.name.utf8.count) }
        }
        let file = try GGUFFile(source: MemorySource(bytes))
        #expect(file.version == 3 && file.alignment == 64 && file.byteCount == bytes.count)
        #expect(file.metadata.keys == ["general.alignment"] + (0..<26).map { "key.\($0)" })
        #expect(file.metadata["key.8"] == .text("léxico\n"))
        #expect(file.metadata["key.10"] == .uint64(.max))
        #expect(file.metadata["key.21"] == .array(.string(MetadataStrings([[0x61], [], [0xFF]]))))
        #expect(file.metadata["key.22"] == .array(.array([.uint8([1]), .array([])])))
        #expect(file.tensors.map(\.elementType) == ElementType.allCases)
        for tensor in file.tensors {
            #expect(tensor.shape == [3, 256] && tensor.byteOffset.isMultiple(of: 64))
            #expect(file.tensor(named: tensor.name) == tensor)
            var part = [UInt8](repeating: 0, count: 5)
            try part.withUnsafeMutableBytes { try file.read(tensor, byteRange: 3..<8, into: $0) }
            #expect(part == (3..<8).map { UInt8(truncatingIfNeeded: $0 ^ tensor.name.utf8.count) })
        }
        #expect(file.tensor(named: "tensor.Q8_K") == nil)
    }

    @Test func versionTwoIsRead() throws {
        let file = try GGUFFile(source: MemorySource(RawGGUF.with { $0.version = 2 }))
        #expect(file.version == 2 && file.tensors.count == 2)
    }

    @Test func aFileWithoutTensorsMayEndUnpadded() throws {
        var raw = RawGGUF()
        raw.tensors = []
        let file = try GGUFFile(source: MemorySource(raw.header))
        #expect(file.tensors.isEmpty)
        #expect(try file.metadata.require("llama.block_count", .integer) == 2)
    }

    @Test func shapesAreOutermostFirst() throws {
        var writer = GGUFWriter()
        writer.addTensor("t", shape: [2, 3, 5, 7], elementType: .f32)
        writer.addTensor("vector", shape: [64], elementType: .q4_0)
        let file = try GGUFFile(source: MemorySource(writer.bytes()))
        let tensor = try #require(file.tensor(named: "t"))
        #expect(tensor.shape == [2, 3, 5, 7])
        #expect(tensor.rowCount == 30 && tensor.columnCount == 7 && tensor.elementCount == 210)
        #expect(tensor.byteCount == 840 && tensor.rowByteCount == 28)
        let vector = try #require(file.tensor(named: "vector"))
        #expect(vector.rowCount == 1 && vector.columnCount == 64 && vector.rowByteCount == 36)
    }

    @Test func rowsAreDecoded() throws {
        var writer = GGUFWriter()
        writer.addTensor("t", shape: [4, 3], elementType: .f32)
        let values = (0..<12).map { Float($0) / 3 }
        let file = try GGUFFile(source: MemorySource(writer.bytes { _ in values.withUnsafeBytes { Array($0) } }))
        #expect(try file.floats(of: file.tensors[0]) == values)
        #expect(try file.floats(of: file.tensors[0], rows: 1..<3) == Array(values[3..<9]))
        #expect(try file.floats(of: file.tensors[0], rows: 2..<2) == [])
    }

    /// As large as Llama 3's tokenizer; the bound is loose, it catches what grows faster than the file.
    @Test func largeVocabulariesAreReadWholeAndFast() throws {
        let tokens = MetadataStrings((0..<128_256).map { Array("token\($0)".utf8) })
        let merges = MetadataStrings((0..<280_147).map { Array("l\($0) r\($0)".utf8) })
        let values: [(String, MetadataValue)] = [
            ("tokens", .array(.string(tokens))), ("merges", .array(.string(merges))),
            ("kinds", .array(.int32((0..<128_256).map { Int32($0) }))),
            ("template", .string((0..<700_001).map { UInt8(truncatingIfNeeded: $0 * 7) })),
            ("flag", .bool(true)), ("doubles", .array(.float64((0..<40_000).map { Double($0) }))),
        ]
        var writer = GGUFWriter()
        for (key, value) in values { writer.add(key, value) }
        let source = MemorySource(try writer.bytes())
        var file: GGUFFile?
        let time = try ContinuousClock().measure { file = try GGUFFile(source: source) }
        for (key, value) in values { #expect(file?.metadata[key] == value, "\(key)") }
        #expect(time < .seconds(1))
    }

    @Test func aFileWhoseSumsWouldOverflowIsRefused() {
        expectMessage(
            startingWith: "test.gguf: file size: expected at most 72057594037927936 bytes, found 9223372036854775807"
        ) {
            _ = try GGUFFile(source: MemorySource(RawGGUF().bytes(), byteCount: .max))
        }
    }
}
