import Foundation
import LlamaradaTensors
import Testing

@Suite struct SafetensorsTests {
    /// A file put together by hand, with spaces behind the header as other writers leave them.
    static func file(_ header: String, data: [UInt8], length: UInt64? = nil) -> [UInt8] {
        let padded = Array((header + "  ").utf8)
        return RawGGUF.number(length ?? UInt64(padded.count)) + padded + data
    }

    static let header = """
        {"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},
        "a":{"shape":[2,1],"data_offsets":[0,8],"dtype":"F32"},
        "c":{"dtype":"BF16","shape":[1,1,1],"data_offsets":[12,14]}}
        """
    static let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0x3C, 0, 0xC0, 0x80, 0x3F]

    @Test func readsEveryTypeInTheOrderOfTheBytes() throws {
        let file = try SafetensorsFile(source: MemorySource(Self.file(Self.header, data: Self.data)))
        #expect(file.tensors.map(\.name) == ["a", "b", "c"] && file.metadata == ["format": "pt"])
        #expect(file.tensors.map(\.shape) == [[2, 1], [2], [1, 1, 1]])
        #expect(try file.tensors.map { try file.floats(of: $0) } == [[1, -2], [1, -2], [1]])
        #expect(file.tensor(named: "c")?.elementType == .bf16 && file.tensor(named: "d") == nil)
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let output = try OutputFolder(path: folder)
        let names = ["announced", "layer.0.q", "é \"\n\""]
        var writer = try SafetensorsWriter(
            try output.file("x"), names: names, metadata: [(key: "side", value: "a \"CPU\"")])
        try writer.add(names[2], shape: [2, 3], [1, 2, 3, 4, 5, -.infinity])
        try writer.add(names[1], shape: [1, 1], [.leastNonzeroMagnitude])
        try writer.finish()
        output.commit()
        let file = try SafetensorsFile(source: try ModelFile(path: "\(folder)/x"))
        #expect(file.tensors.map(\.name) == [names[2], names[1]] && file.metadata == ["side": "a \"CPU\""])
        #expect(try file.floats(of: file.tensors[0]) == [1, 2, 3, 4, 5, -.infinity])
        #expect(try file.floats(of: file.tensors[1]) == [.leastNonzeroMagnitude])
        #expect(file.tensors[0].shape == [2, 3] && file.tensors[0].byteOffset.isMultiple(of: 8))
    }

    private static func one(
        _ name: String = "a", dtype: String = "\"F32\"", shape: String = "[2]", offsets: String = "[0,8]"
    ) -> String { "\"\(name)\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}" }

    @Test(arguments: [
        ("[]", "object of tensors"), ("{\"a\":1}", "'dtype'"), ("{\(one(dtype: "1"))}", "'dtype'"),
        ("{\(one(dtype: "\"F64\""))}", "found 'F64'"), ("{\(one(shape: "[]"))}", "'shape'"),
        ("{\(one(shape: "[0]", offsets: "[0,0]"))}", "'shape'"), ("{\(one(shape: "[-2]"))}", "'shape'"),
        ("{\(one(shape: "[2.5]"))}", "'shape'"), ("{\(one(shape: "[1,1,1,1,2]"))}", "'shape'"),
        ("{\(one(shape: "[4611686018427387904,4]"))}", "more than there are"), ("{\(one(shape: "[3]"))}", "12 bytes"),
        ("{\(one(offsets: "[0]"))}", "'data_offsets'"), ("{\(one(offsets: "[-8,0]"))}", "'data_offsets'"),
        ("{\(one(offsets: "[8,0]"))}", "'data_offsets'"), ("{\(one(offsets: "[8,16]"))}", "'data_offsets'"),
        ("{\(one(offsets: "[0,9223372036854775807]"))}", "'data_offsets'"),
        ("{\(one(shape: "[1]", offsets: "[4,8]"))}", "start at byte"),
        ("{\(one(shape: "[1]", offsets: "[0,4]"))}", "bytes in the file"),
        ("{\(one()),\(one("b"))}", "start at byte"), ("{\(one()),\(one())}", "every name once"),
        (
            "{\(one("\u{E9}", shape: "[1]", offsets: "[0,4]")),\(one("e\u{301}", shape: "[1]", offsets: "[4,8]"))}",
            "every name once"
        ),
        ("{\(one(""))}", "name of 1 to"), ("{\"__metadata__\":1,\(one())}", "'__metadata__'"),
        ("{\"__metadata__\":{\"a\":1},\(one())}", "'__metadata__'"), ("{\(one())} x", "nothing behind"),
    ])
    func contradictionsAreRefused(header: String, problem: String) {
        let bytes = Self.file(header, data: [UInt8](repeating: 0, count: 8))
        #expect { try SafetensorsFile(source: MemorySource(bytes)) } throws: {
            "\($0)".contains(problem) && !"\($0)".contains("\n")
        }
    }

    @Test func noLengthIsBelieved() {
        for length in [0, 1, 3, 1 << 20, UInt64(Int.max), .max, .max - 7] {
            let bytes = Self.file(Self.header, data: Self.data, length: length)
            #expect(throws: CheckpointError.self) { try SafetensorsFile(source: MemorySource(bytes)) }
        }
        let large = MemorySource(RawGGUF.number(UInt64(100 << 20)), byteCount: 1 << 40)
        #expect { try SafetensorsFile(source: large) } throws: { "\($0)".contains("header length") }
    }

    @Test func everyCutIsRefused() {
        let bytes = Self.file(Self.header, data: Self.data)
        for length in bytes.indices {
            #expect(throws: CheckpointError.self) {
                try SafetensorsFile(source: MemorySource(Array(bytes.prefix(length))))
            }
        }
    }

    /// Three thousand damaged files: each is read whole or refused with one line.
    @Test(.timeLimit(.minutes(1))) func mutationsNeitherCrashNorHang() {
        var generator = SplitMix(seed: 20_27)
        let base = Self.file(Self.header, data: Self.data)
        let digits = Array("0123456789-{}[],:\"\\".utf8)
        var accepted = 0
        for round in 0..<3_000 {
            var bytes = base
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let position = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 1: bytes[position] = digits.randomElement(using: &generator) ?? 0
                case 2: bytes.remove(at: position)
                default: bytes.insert(digits.randomElement(using: &generator) ?? 0, at: position)
                }
            }
            do throws(CheckpointError) {
                let file = try SafetensorsFile(source: MemorySource(bytes))
                for tensor in file.tensors { #expect(try file.floats(of: tensor).count == tensor.elementCount) }
                accepted += 1
            } catch {
                #expect(error.code != .io && !error.description.contains("\n"), "round \(round)")
            }
        }
        // Both outcomes must have been seen, or the mutations prove nothing.
        #expect((30..<2_970).contains(accepted), "\(accepted) accepted")
    }
}
