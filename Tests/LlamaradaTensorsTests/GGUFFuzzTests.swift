import LlamaradaTensors
import Testing

@Suite struct GGUFFuzzTests {
    /// Ten thousand damaged files: each is read whole or refused with one line.
    @Test(.timeLimit(.minutes(1)))
    func mutationsNeitherCrashNorHang() throws {
        var generator = SplitMix(seed: 20_26)
        let bases = [RawGGUF().bytes(), try everyKindOfValue().bytes()]
        var accepted = 0
        for round in 0..<10_000 {
            var bytes = bases[round % bases.count]
            for _ in 0...Int.random(in: 0..<4, using: &generator) { bytes.mutate(using: &generator) }
            let error = refusal(of: bytes)
            if error == nil { accepted += 1 }
            #expect(error?.code != .io && error?.description.contains("\n") != true, "round \(round)")
        }
        // Both outcomes must have been seen, or the mutations prove nothing.
        #expect((100..<9_900).contains(accepted), "\(accepted) accepted")
    }

    @Test func everyCutOfEveryKindOfValueIsRefused() throws {
        let bytes = try everyKindOfValue().bytes()
        for length in 0..<(try GGUFFile(source: MemorySource(bytes)).dataOffset) {
            #expect(throws: CheckpointError.self) { try GGUFFile(source: MemorySource(Array(bytes.prefix(length)))) }
        }
    }

    /// Why the file is refused, or nil where every tensor could be read.
    private func refusal(of bytes: [UInt8]) -> CheckpointError? {
        do throws(CheckpointError) {
            let file = try GGUFFile(source: MemorySource(bytes))
            for tensor in file.tensors { _ = try file.floats(of: tensor) }
            return nil
        } catch {
            return error
        }
    }
}

/// A file with a value of every kind and a tensor of every type.
func everyKindOfValue() -> GGUFWriter {
    var writer = GGUFWriter(alignment: 64)
    let scalars: [MetadataValue] = [
        .uint8(200), .int8(-100), .uint16(60_000), .int16(-30_000), .uint32(4_000_000_000), .int32(-2_000_000_000),
        .float32(1e-5), .bool(true), .text("léxico\n"), .string([0xFF, 0x00]), .uint64(.max), .int64(.min),
        .float64(.infinity),
    ]
    let arrays: [MetadataArray] = [
        .uint8([1, 2]), .int8([-1]), .uint16([3]), .int16([-3]), .uint32([4]), .int32([-4]), .float32([0.5]),
        .bool([true, false]), .string(MetadataStrings([[0x61], [], [0xFF]])), .array([.uint8([1]), .array([])]),
        .uint64([.max]), .int64([.min]), .float64([-0.0]),
    ]
    for (index, value) in (scalars + arrays.map(MetadataValue.array)).enumerated() {
        writer.add("key.\(index)", value)
    }
    for type in ElementType.allCases {
        writer.addTensor("tensor.\(type)", shape: [3, 256], elementType: type)
    }
    return writer
}
