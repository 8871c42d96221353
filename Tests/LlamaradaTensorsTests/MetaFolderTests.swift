import Foundation
import LlamaradaErrors
import LlamaradaTensors
import TestSupport
import Testing

/// Folders as Meta releases models, of fixtures that tools/fixtures/meta.py wrote with PyTorch.
@Suite struct MetaFolderTests {
    private static let fixtures = ModelFixture.folder.appending(path: "meta")

    /// The files of a fixture by their names, with the tokenizer of the folder above.
    private static func files(_ name: String, shards: Int) throws -> [String: [UInt8]] {
        let folder = fixtures.appending(path: "\(name)/\(shards)")
        var files: [String: [UInt8]] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path()) {
            files[file] = [UInt8](try Data(contentsOf: folder.appending(path: file)))
        }
        files["tokenizer.model"] = [UInt8](try Data(contentsOf: fixtures.appending(path: "\(name)/tokenizer.model")))
        return files
    }

    private static func open(_ files: [String: [UInt8]]) throws(CheckpointError) -> GGUFFile {
        let sources = files.mapValues { MemorySource($0) as any ByteSource }
        return try GGUFFile(source: MetaFolder(CheckpointFolder(path: "folder", files: sources)).converted())
    }

    /// A folder without its list of sums, so that what is changed is found for what it is.
    private static func changed(
        shards: Int = 1, _ change: (inout [String: [UInt8]]) throws -> Void
    ) throws -> [String: [UInt8]] {
        var files = try files("mha", shards: shards)
        files["checklist.chk"] = nil
        try change(&files)
        return files
    }

    private static func expectRefusal(_ files: [String: [UInt8]], _ problem: String) {
        #expect { try open(files) } throws: { "\($0)".contains(problem) }
    }

    /// One, two and four shards hold the same model: by columns, by rows, in storages that tensors share, turned.
    @Test(arguments: ["mha", "gqa"], [1, 2, 4]) func holdsTheModel(name: String, shards: Int) throws {
        let found = try Self.open(Self.files(name, shards: shards))
        let expected = try GGUFFile.open(
            path: ModelFixture.folder.appending(path: "models/meta-\(name).gguf").path())
        #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
        for tensor in expected.tensors {
            let other = try #require(found.tensor(named: tensor.name))
            #expect(other.shape == tensor.shape && other.elementType == tensor.elementType, "\(tensor.name)")
            #expect(try found.floats(of: other) == expected.floats(of: tensor), "\(tensor.name)")
        }
        for key in expected.metadata.keys where key.hasPrefix("llama.") && !key.hasSuffix("context_length") {
            #expect(found.metadata[key] == expected.metadata[key], "\(key)")
        }
        for key in ["tokens", "scores", "token_type", "bos_token_id", "eos_token_id", "model"] {
            #expect(found.metadata["tokenizer.ggml.\(key)"] == expected.metadata["tokenizer.ggml.\(key)"], "\(key)")
        }
    }

    /// Any range of bytes is that of the whole.
    @Test func anyRangeCanBeRead() throws {
        for shards in [1, 2, 4] {
            let file = try Self.open(Self.files("mha", shards: shards))
            for name in ["blk.0.attn_output.weight", "blk.0.attn_v.weight", "token_embd.weight"] {
                let tensor = try #require(file.tensor(named: name))
                let whole = try Self.bytes(file, tensor, 0..<tensor.byteCount)
                for start in stride(from: 0, to: 200, by: 7) {
                    for end in [start, start + 1, start + 3, start + 64, start + 131] {
                        #expect(try Self.bytes(file, tensor, start..<end) == Array(whole[start..<end]), "\(name)")
                    }
                }
            }
        }
    }

    private static func bytes(
        _ file: GGUFFile, _ tensor: TensorDescription, _ range: Range<Int>
    ) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let result = bytes.withUnsafeMutableBytes { target in
            Result { try file.read(tensor, byteRange: range, into: target) }
        }
        try result.get()
        return bytes
    }

    @Test func contextIsToldByTheRelease() throws {
        func context(_ params: String) throws -> MetadataValue? {
            try Self.open(
                Self.changed {
                    $0["params.json"] = Array(#"{"dim":32,"n_heads":4,"n_layers":2,"vocab_size":-1,\#(params)}"#.utf8)
                }
            ).metadata["llama.context_length"]
        }
        #expect(try context(#""norm_eps":1e-06"#) == .uint32(2048))
        #expect(try context(#""norm_eps":1e-05"#) == .uint32(4096))
        #expect(try context(#""norm_eps":1e-05,"rope_theta":1000000"#) == .uint32(16_384))
        #expect(try context(#""norm_eps":1e-05,"rope_theta":500000.0"#) == .uint32(8192))
        #expect(try context(#""norm_eps":1e-05,"rope_theta":500000.0,"use_scaled_rope":true"#) == .uint32(131_072))
    }

    /// Llama 3.2 1B and 3B, as their `config.json` at Hugging Face says; 3.1 8B, 70B and 405B.
    @Test func theScalingFactorIsToldByTheShape() {
        for (dim, layers, factor) in [(2048, 16, 32), (3072, 28, 32), (4096, 32, 8), (8192, 80, 8), (16_384, 126, 8)] {
            #expect(MetaConfig.scalingFactor(dim: dim, layerCount: layers) == Double(factor))
        }
    }

    @Test func theChecklistIsHeld() throws {
        var files = try Self.files("mha", shards: 1)
        files["params.json"]?.append(0x20)
        Self.expectRefusal(files, "expected the MD5 sum")
        files["checklist.chk"] = Array("0123  params.json\n".utf8)
        Self.expectRefusal(files, "lines of a sum and a name")
        files["checklist.chk"] = Array("d41d8cd98f00b204e9800998ecf8427e  ../../etc/passwd\n".utf8)
        Self.expectRefusal(files, "names of files in this folder")
        // The large files are read when they are asked for.
        files = try Self.files("gqa", shards: 2)
        let place = (files["consolidated.01.pth"]?.count ?? 0) / 2
        let sources = { files.mapValues { MemorySource($0) as any ByteSource } }
        try MetaFolder(CheckpointFolder(path: "folder", files: sources())).verify()
        files["consolidated.01.pth"]?[place] ^= 1
        let damaged = try MetaFolder(CheckpointFolder(path: "folder", files: sources()))
        #expect { try damaged.verify() } throws: { "\($0)".contains("expected the MD5 sum") }
    }

    /// Of RFC 1321.
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (String(repeating: "1234567890", count: 8), "57edf4a22be3c955ac49da2e2107b67a"),
    ])
    func sums(_ text: String, _ sum: String) throws {
        var files = try Self.files("mha", shards: 1)
        files["notes"] = Array(text.utf8)
        files["checklist.chk"] = Array("\(sum) *notes\n".utf8)
        let sources = files.mapValues { MemorySource($0) as any ByteSource }
        try MetaFolder(CheckpointFolder(path: "folder", files: sources)).verify()
    }

    @Test func whatIsMissingIsNamed() throws {
        Self.expectRefusal(try Self.changed(shards: 4) { $0["consolidated.03.pth"] = nil }, "in 3 shards")
        Self.expectRefusal(try Self.changed { $0["consolidated.00.pth"] = nil }, "consolidated.00.pth")
        Self.expectRefusal(try Self.changed { $0["tokenizer.model"] = nil }, "nor in the folder above")
        Self.expectRefusal(try Self.changed { $0["params.json"] = Array("{}".utf8) }, "'dim'")
        // Two shards of different kinds.
        Self.expectRefusal(
            try Self.changed(shards: 2) {
                $0["consolidated.01.pth"] = try Self.files("gqa", shards: 2)["consolidated.01.pth"]
            }, "expected")
    }

    // MARK: Hostile files

    private static let pickleStart = [0x80, 2] as [UInt8]

    private static func torch(_ pickle: [UInt8], _ more: [(name: String, bytes: [UInt8])] = []) -> [UInt8] {
        RawZip(entries: [("archive/data.pkl", pickle)] + more).bytes
    }

    private static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    /// Programs that a pickle can be, and that this reader is not.
    private static let programs: [(pickle: [UInt8], problem: String)] = {
        var programs: [(pickle: [UInt8], problem: String)] = []
        func add(_ problem: String, _ parts: [UInt8]...) { programs.append((Array(parts.joined()), problem)) }
        func text(_ text: String) -> [UInt8] { Array(text.utf8) }
        add("posix.system", global("posix", "system"), [0x8C, 4], text("true"), [0x85], text("R."))
        add("builtins.eval", global("builtins", "eval"), text(")R."))
        add("torch.load", global("torch", "load"), text("."))
        add("os.system", [0x8C, 2], text("os"), [0x8C, 6], text("system"), [0x93], text("."))
        add("instruction", text("(S'x'\ni__main__\nX\n."))
        add("instruction", [0xB0])
        add("instruction", text(")\u{7F}"))
        add("stack is empty", text("R."))
        add("no mark", text("t."))
        add("nothing is remembered", text("h\u{5}."))
        add("ends too early", text("}"))
        add("no dictionary", text("}(K\u{1}u."))
        add("dictionary of tensors", text("]K\u{1}a."))
        add("ends too early", text("X"), [0xFF, 0xFF, 0xFF, 0xFF], text("a."))
        add("a number of 9 bytes", [0x8A, 9], [UInt8](repeating: 1, count: 9), text("."))
        return programs
    }()

    @Test func picklesThatAreNoTensorsAreRefused() throws {
        for (pickle, problem) in Self.programs {
            Self.expectRefusal(
                try Self.changed { $0["consolidated.00.pth"] = Self.torch(Self.pickleStart + pickle) }, problem)
        }
    }

    /// Depth costs nothing, and values that hold each other are no trouble.
    @Test func nestingIsFlat() throws {
        let deep = [UInt8](repeating: UInt8(ascii: ")"), count: 1) + [UInt8](repeating: 0x85, count: 1_000_000)
        Self.expectRefusal(
            try Self.changed { $0["consolidated.00.pth"] = Self.torch(Self.pickleStart + deep + Array(".".utf8)) },
            "dictionary of tensors")
        let cycle = Array("]q\u{0}h\u{0}a.".utf8)
        Self.expectRefusal(
            try Self.changed { $0["consolidated.00.pth"] = Self.torch(Self.pickleStart + cycle) },
            "dictionary of tensors")
    }

    /// A pickle of one tensor: elements, first element, sizes, strides.
    private static func tensor(_ count: Int, _ offset: Int, _ sizes: [Int], _ strides: [Int]) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { [0x8A, 8] + RawGGUF.number(Int64(value)) }
        func tuple(_ values: [Int]) -> [UInt8] { Array("(".utf8) + values.flatMap(number) + Array("t".utf8) }
        func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
        let storage = [Array("(".utf8), text("storage"), global("torch", "FloatStorage"), text("0"), text("cpu")]
        let call = [number(offset), tuple(sizes), tuple(strides), [0x89], global("collections", "OrderedDict")]
        let start = [Array("}".utf8), text("norm.weight"), global("torch._utils", "_rebuild_tensor_v2")]
        var pickle = pickleStart + start.joined() + Array("(".utf8)
        pickle += storage.joined() + number(count) + Array("tQ".utf8)
        pickle += call.joined() + Array(")RtRs.".utf8)
        return pickle
    }

    private struct Place {
        var count: Int
        var offset: Int
        var sizes: [Int]
        var strides: [Int]
        var problem: String
    }

    private static let places = [
        Place(count: 1 << 40, offset: 0, sizes: [4], strides: [1], problem: "expected 1099511627776 elements"),
        Place(count: 8, offset: 5, sizes: [4], strides: [1], problem: "elements of its storage"),
        Place(count: 8, offset: -1, sizes: [4], strides: [1], problem: "none of them 0"),
        Place(count: 8, offset: 0, sizes: [4, 0], strides: [1, 1], problem: "none of them 0"),
        Place(count: 8, offset: 0, sizes: [4], strides: [-1], problem: "none of them 0"),
        Place(count: 8, offset: 0, sizes: [2, 2, 2], strides: [4, 2, 1], problem: "one or two dimensions"),
        Place(
            count: 8, offset: 0, sizes: [1 << 40, 1 << 40], strides: [0, 0],
            problem: "elements of its storage"),
        Place(count: 8, offset: 0, sizes: [.max], strides: [.max], problem: "elements of its storage"),
        Place(count: 8, offset: .max, sizes: [1], strides: [1], problem: "elements of its storage"),
        Place(count: 8, offset: 1, sizes: [.max], strides: [1], problem: "elements of its storage"),
        Place(count: 8, offset: 0, sizes: [1, 4], strides: [.max, 1], problem: "'norm.weight': expected 32 elements"),
        Place(count: 8, offset: 0, sizes: [4, 1], strides: [1, .max], problem: "'norm.weight': expected 32 elements"),
        Place(count: 8, offset: 0, sizes: Array(repeating: 1, count: 9), strides: [], problem: "9 dimensions"),
        Place(count: 8, offset: 0, sizes: [4], strides: [1, 1], problem: "other strides"),
        Place(count: -8, offset: 0, sizes: [4], strides: [1], problem: "not described"),
        Place(count: 8, offset: 0, sizes: [4], strides: [1], problem: "expected 32 elements"),
    ]

    @Test func tensorsStayWithinTheirStorage() throws {
        for place in Self.places {
            let pickle = Self.tensor(place.count, place.offset, place.sizes, place.strides)
            let file = Self.torch(pickle, [("archive/data/0", [UInt8](repeating: 1, count: 32))])
            Self.expectRefusal(try Self.changed { $0["consolidated.00.pth"] = file }, place.problem)
        }
    }

    /// Vectors that share their elements are read at once: no more of them than the file has bytes.
    @Test func sharedElementsAreNoBomb() throws {
        func text(_ text: String) -> [UInt8] { [0x8C, UInt8(text.utf8.count)] + Array(text.utf8) }
        // The same tensor under many names: a call that is remembered.
        var pickle = Self.tensor(32, 0, [32], [1])
        pickle.removeLast(2)
        pickle += Array("q\u{1}s".utf8)
        for layer in 0..<2 {
            pickle += text("layers.\(layer).attention_norm.weight") + Array("h\u{1}s".utf8)
        }
        let file = Self.torch(
            pickle + Array(".".utf8), [("archive/data/0", [UInt8](repeating: 1, count: 128))])
        // Three vectors of 128 bytes fit a file of some hundred bytes more than one of them.
        let room = file.count / 128
        #expect(room >= 3)
        for layer in 2..<(room + 1) {
            pickle += text("layers.\(layer).attention_norm.weight") + Array("h\u{1}s".utf8)
        }
        let large = Self.torch(
            pickle + Array(".".utf8), [("archive/data/0", [UInt8](repeating: 1, count: 128))])
        #expect(large.count < 128 * (room + 2))
        Self.expectRefusal(
            try Self.changed { $0["consolidated.00.pth"] = large }, "no more bytes in all tensors than in the file")
    }

    @Test func archivesAreChecked() throws {
        let whole = RawZip(entries: [("archive/data.pkl", Self.tensor(8, 0, [4], [1])), ("archive/data/0", [1, 2, 3])])
        func refuse(_ problem: String, _ change: (inout RawZip) -> Void) throws {
            var archive = whole
            change(&archive)
            Self.expectRefusal(try Self.changed { $0["consolidated.00.pth"] = archive.bytes }, problem)
        }
        try refuse("neither packed nor encrypted") { $0.method = 8 }
        try refuse("neither packed nor encrypted") { $0.flags = 1 }
        try refuse("behind a header of its own") { $0.displacement = 1 }
        try refuse("behind a header of its own") { $0.displacement = 1 << 31 }
        try refuse("expected bytes") { $0.growth = 5 }
        try refuse("every name once") { $0.entries[1].name = "archive/data.pkl" }
        try refuse("one 'data.pkl'") { $0.entries[0].name = "archive/data.txt" }
        try refuse("directory is damaged") { $0.entryCount = 9 }
        try refuse("'byteorder'") { $0.entries.append(("archive/byteorder", Array("big".utf8))) }
        try refuse("expected 8 elements in 'data/0'") { $0.comment = Array("PK\u{5}\u{6} is no end".utf8) }
        Self.expectRefusal(try Self.changed { $0["consolidated.00.pth"] = [] }, "a zip archive")
        Self.expectRefusal(try Self.changed { $0["consolidated.00.pth"] = Array("PK".utf8) }, "a zip archive")
    }

    /// Whatever bytes change: an error, or a model that can be read.
    @Test func damagedFilesAreErrorsOrModels() throws {
        var files = try Self.changed(shards: 4) { _ in }
        let good = try #require(files["consolidated.02.pth"])
        var random = SplitMix(seed: 12)
        var refused = 0
        for round in 0..<3000 {
            var bytes = good
            if round % 10 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            // Of ten changes nine hit what says where things are: the start, and the directory at the end.
            for _ in 0...Int(random.next() % 4) where !bytes.isEmpty {
                let reach = min(bytes.count, 4096)
                let place =
                    switch random.next() % 10 {
                    case 0: Int(random.next() % UInt64(bytes.count))
                    case 1...5: Int(random.next() % UInt64(reach))
                    default: bytes.count - 1 - Int(random.next() % UInt64(reach))
                    }
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            files["consolidated.02.pth"] = bytes
            do {
                let file = try Self.open(files)
                for tensor in file.tensors.prefix(3) { _ = try file.floats(of: tensor) }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 500, "\(refused)")
    }
}
