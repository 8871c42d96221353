import LlamaradaTensors
import Testing

/// A file that must be refused, and what the error must say.
struct Hostile: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    let message: String
    var code = CheckpointError.Code.invalid
    var testDescription: String { what }

    init(
        _ what: String, says message: String, code: CheckpointError.Code = .invalid, _ change: (inout RawGGUF) -> Void
    ) {
        self.what = what
        self.message = message
        self.code = code
        bytes = RawGGUF.with(change)
    }
}

@Suite struct GGUFHostileTests {
    @Test func theUnchangedFileIsGood() throws {
        let file = try GGUFFile(source: MemorySource(RawGGUF().bytes()))
        #expect(file.tensors.map(\.shape) == [[8], [2, 32]])
    }

    @Test(arguments: hostileCounts + hostileMetadata + hostileTensors)
    func isRefusedNamingTheField(_ hostile: Hostile) {
        let error = #expect(throws: CheckpointError.self) {
            try GGUFFile(source: MemorySource(hostile.bytes))
        }
        #expect(error?.code == hostile.code)
        let line = error?.description ?? ""
        #expect(line.contains(hostile.message))
        #expect(line.hasPrefix("test.gguf: ") && line.hasSuffix(".") && !line.contains("\n"))
    }

    @Test func everyCutIsRefused() throws {
        let file = RawGGUF().bytes()
        for length in 0..<file.count {
            #expect(throws: CheckpointError.self, "cut to \(length) bytes") {
                try GGUFFile(source: MemorySource(Array(file.prefix(length))))
            }
        }
    }
}

private let huge = UInt64.max

private let hostileCounts = [
    Hostile("other magic", says: "magic: expected 'GGUF', found bytes 41 42 43 44") { $0.magic = Array("ABCD".utf8) },
    Hostile("zip archive", says: "found the start of a zip archive") { $0.magic = Array("PK\u{3}\u{4}".utf8) },
    Hostile("Git LFS pointer", says: "Run 'git lfs pull'") { $0.magic = Array("vers".utf8) },
    Hostile("swapped magic", says: "found a big-endian one", code: .unsupported) { $0.magic = Array("FUGG".utf8) },
    Hostile("version 0", says: "found 0", code: .unsupported) { $0.version = 0 },
    Hostile("version 1", says: "Fetch a newer conversion", code: .unsupported) { $0.version = 1 },
    Hostile("version 4", says: "expected GGUF version 2 or 3, found 4", code: .unsupported) { $0.version = 4 },
    Hostile("big endian", says: "found a big-endian one", code: .unsupported) { $0.version = 3 << 24 },
    Hostile("huge tensor count", says: "tensor count at byte 8: expected at most") { $0.tensorCount = huge },
    Hostile("tensor count of 2^63", says: "tensor count") { $0.tensorCount = 1 << 63 },
    Hostile("tensor count past the file", says: "tensor count") { $0.tensorCount = 100 },
    Hostile("one tensor too many", says: "name of tensor 3 of 3") { $0.tensorCount = 3 },
    Hostile("huge metadata count", says: "metadata count at byte 16: expected at most") { $0.pairCount = huge },
    Hostile("metadata count past the file", says: "metadata count") { $0.pairCount = 1000 },
    Hostile("one pair too many", says: "name of tensor 1 of 2 at byte 184") { $0.pairCount = 4 },
]

private let hostileMetadata = [
    Hostile("huge key length", says: "metadata key 1 of 3 length") { $0.pairs[0] = RawGGUF.number(huge) },
    Hostile("negative key length", says: "metadata key 1 of 3 length") { $0.pairs[0] = RawGGUF.number(Int64(-1)) },
    Hostile("key too long", says: "at most 65535, found 65536") {
        $0.pairs[0] = RawGGUF.pair(String(repeating: "k", count: 65_536), type: 7, [1])
    },
    Hostile("empty key", says: "metadata key 1 of 3") { $0.pairs[0] = RawGGUF.pair("", type: 7, [1]) },
    Hostile("key that isn't UTF-8", says: "expected UTF-8") {
        $0.pairs[0] = RawGGUF.number(UInt64(2)) + [0xFF, 0xFE] + RawGGUF.number(UInt32(7)) + [1]
    },
    Hostile("duplicate key", says: "'llama.block_count' at byte") { $0.pairs[0] = $0.pairs[1] },
    Hostile("value type 13", says: "metadata 'x' type at byte") { $0.pairs[0] = RawGGUF.pair("x", type: 13, [0]) },
    Hostile("value type 2^32 - 1", says: "found 4294967295") {
        $0.pairs[0] = RawGGUF.pair("x", type: .max, [0])
    },
    Hostile("bool of 2", says: "metadata 'x' at byte 37: expected a bool, 0 or 1, found 2") {
        $0.pairs[0] = RawGGUF.pair("x", type: 7, [2])
    },
    Hostile("array of bools with a 3", says: "expected a bool, 0 or 1, found 3") {
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 7, count: 3, [0, 3, 1]))
    },
    Hostile("huge string", says: "metadata 'x' length") {
        $0.pairs[0] = RawGGUF.pair("x", type: 8, RawGGUF.number(huge))
    },
    Hostile("string past the file", says: "metadata 'x' length") {
        $0.pairs[0] = RawGGUF.pair("x", type: 8, RawGGUF.number(UInt64(5000)))
    },
    Hostile("array of type 99", says: "metadata 'x' element type") {
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 99, count: 0, []))
    },
    Hostile("array of 2^64 - 1 u8", says: "metadata 'x' count") {
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 0, count: huge, []))
    },
    Hostile("array of 2^61 u64, whose bytes wrap to 0", says: "metadata 'x' count") {
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 10, count: 1 << 61, []))
    },
    Hostile("array of 2^62 strings", says: "metadata 'x' count") {
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 8, count: 1 << 62, []))
    },
    Hostile("array whose third string is cut", says: "metadata 'x' element 2 of 3 length") {
        let elements = RawGGUF.string("a") + RawGGUF.string("b") + RawGGUF.number(UInt64(1) << 40)
        $0.pairs[0] = RawGGUF.pair("x", type: 9, RawGGUF.array(of: 8, count: 3, elements))
    },
    Hostile("arrays within arrays without end", says: "at most 4 arrays within one another") {
        let nested = (0..<1000).flatMap { _ in RawGGUF.array(of: 9, count: 1, []) }
        $0.pairs[0] = RawGGUF.pair("x", type: 9, nested)
    },
    Hostile("alignment 0", says: "'general.alignment': expected a u32 power of two") {
        $0.pairs[0] = RawGGUF.pair("general.alignment", type: 4, RawGGUF.number(UInt32(0)))
    },
    Hostile("alignment 3", says: "'general.alignment'") {
        $0.pairs[0] = RawGGUF.pair("general.alignment", type: 4, RawGGUF.number(UInt32(3)))
    },
    Hostile("alignment 2^31", says: "found u32 2147483648") {
        $0.pairs[0] = RawGGUF.pair("general.alignment", type: 4, RawGGUF.number(UInt32(1) << 31))
    },
    Hostile("alignment as u64", says: "found u64 32") {
        $0.pairs[0] = RawGGUF.pair("general.alignment", type: 10, RawGGUF.number(UInt64(32)))
    },
    Hostile("alignment as a string", says: "found string '32'") {
        $0.pairs[0] = RawGGUF.pair("general.alignment", type: 8, RawGGUF.string("32"))
    },
]

private let hostileTensors = [
    Hostile("huge tensor name", says: "name of tensor 1 of 2 length") { $0.tensors[0] = RawGGUF.number(huge) },
    Hostile("tensor name of 257 bytes", says: "at most 256, found 257") {
        $0.tensors[0] = RawGGUF.tensor(String(repeating: "n", count: 257), [8], type: 0, offset: 0)
    },
    Hostile("empty tensor name", says: "name of tensor 1 of 2") {
        $0.tensors[0] = RawGGUF.tensor("", [8], type: 0, offset: 0)
    },
    Hostile("duplicate tensor name", says: "tensor 'matrix': expected every name once") {
        $0.tensors[0] = RawGGUF.tensor("matrix", [8], type: 0, offset: 0)
    },
    Hostile("no dimensions", says: "tensor 'norm' dimension count") {
        $0.tensors[0] = RawGGUF.tensor("norm", [], type: 0, offset: 0)
    },
    Hostile("five dimensions", says: "expected 1 to 4, found 5") {
        $0.tensors[0] = RawGGUF.tensor("norm", [1, 1, 1, 1, 1], type: 0, offset: 0)
    },
    Hostile("2^32 - 1 dimensions", says: "dimension count") {
        $0.tensors[0] = RawGGUF.tensor("norm", [8], type: 0, offset: 0, dimensionCount: .max)
    },
    Hostile("a dimension of 0", says: "expected none of them 0, found (0, 8)") {
        $0.tensors[0] = RawGGUF.tensor("norm", [8, 0], type: 0, offset: 0)
    },
    Hostile("a dimension of 2^64 - 1", says: "tensor 'norm' dimensions") {
        $0.tensors[0] = RawGGUF.tensor("norm", [huge], type: 0, offset: 0)
    },
    Hostile("elements that wrap to 0", says: "expected a size in bytes that fits 63 bits") {
        $0.tensors[0] = RawGGUF.tensor("norm", [1 << 32, 1 << 32], type: 0, offset: 0)
    },
    Hostile("bytes that wrap to 0", says: "expected a size in bytes that fits 63 bits") {
        $0.tensors[0] = RawGGUF.tensor("norm", [1 << 31, 1 << 31], type: 0, offset: 0)
    },
    Hostile("four dimensions that wrap to 16", says: "expected a size in bytes that fits 63 bits") {
        $0.tensors[0] = RawGGUF.tensor("norm", [1 << 62, 4, 4, 1], type: 8, offset: 0)
    },
    Hostile("type id 4, withdrawn", says: "found Q4_2 (type 4)", code: .unsupported) {
        $0.tensors[0] = RawGGUF.tensor("norm", [32], type: 4, offset: 0)
    },
    Hostile("a type not known here", says: "found Q8_K (type 15)", code: .unsupported) {
        $0.tensors[0] = RawGGUF.tensor("norm", [256], type: 15, offset: 0)
    },
    Hostile("type id 1000", says: "tensor 'norm' type") {
        $0.tensors[0] = RawGGUF.tensor("norm", [8], type: 1000, offset: 0)
    },
    Hostile("type id 2^32 - 1", says: "found type id 4294967295") {
        $0.tensors[0] = RawGGUF.tensor("norm", [8], type: .max, offset: 0)
    },
    Hostile("a row that isn't whole blocks", says: "expected a multiple of 32, the block of Q8_0, found 16") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [16, 4], type: 8, offset: 32)
    },
    Hostile("an unaligned offset", says: "tensor 'matrix' offset: expected a multiple of 32, found 33") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 2], type: 8, offset: 33)
    },
    Hostile("an offset past the end", says: "tensor 'matrix' data") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 2], type: 8, offset: 1 << 20)
    },
    Hostile("an offset of 2^64 - 32", says: "tensor 'matrix' data") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 2], type: 8, offset: huge - 31)
    },
    Hostile("an offset whose end wraps", says: "tensor 'matrix' data") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 2], type: 8, offset: 0x7FFF_FFFF_FFFF_FFE0)
    },
    Hostile("one row too many", says: "expected 102 bytes at offset 32 of the data, found data of 100 bytes") {
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 3], type: 8, offset: 32)
    },
    Hostile("data one byte short", says: "found data of 99 bytes") { $0.data.removeLast() },
    Hostile("no data", says: "found data of 0 bytes") { $0.data = [] },
    Hostile("two tensors at one place", says: "expected at least 68, the end of tensor") {
        $0.tensors[0] = RawGGUF.tensor("other", [32, 2], type: 8, offset: 0)
        $0.tensors[1] = RawGGUF.tensor("matrix", [32, 2], type: 8, offset: 0)
    },
    Hostile("tensors that overlap in part", says: "tensor 'matrix' offset: expected at least 64") {
        $0.tensors[0] = RawGGUF.tensor("norm", [16], type: 0, offset: 0)
    },
]
