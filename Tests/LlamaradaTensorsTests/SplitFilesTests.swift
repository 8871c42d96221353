import Foundation
import Glibc
import LlamaradaTensors
import TestSupport
import Testing

@Suite struct SplitFilesTests {
    /// A model of two layers whose values all differ.
    private static func model(_ name: String = "q4_k_m") throws -> GGUFFile { try ModelFixture.load(name).open() }

    private static func bytes(_ file: GGUFFile, _ tensor: TensorDescription) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
        try bytes.withUnsafeMutableBytes { try file.read(tensor, byteRange: 0..<tensor.byteCount, into: $0) }
        return bytes
    }

    private static func expectSame(_ found: GGUFFile, _ whole: GGUFFile) throws {
        #expect(found.tensors.map(\.name) == whole.tensors.map(\.name))
        for tensor in whole.tensors {
            let part = try #require(found.tensor(named: tensor.name))
            #expect(part.shape == tensor.shape && part.elementType == tensor.elementType, "\(tensor.name)")
            #expect(try bytes(found, part) == bytes(whole, tensor), "\(tensor.name)")
        }
        for key in whole.metadata.keys { #expect(found.metadata[key] == whole.metadata[key], "\(key)") }
    }

    /// From any part, tensor by tensor and bit by bit.
    @Test(arguments: 0..<3) func readsAsOneFromAnyPart(named: Int) throws {
        let whole = try Self.model()
        let split = SplitModel(whole, into: 3, stem: "folder/a-00001-of-00003.gguf")
        let files = try split.files()
        let found = try files.open(split.path(named))
        try Self.expectSame(found, whole)
        #expect(found.path == split.path(0) && found.parts.map(\.path) == (0..<3).map(split.path))
        #expect(found.parts.map(\.tensorCount) == split.parts.map(\.tensors.count))
        #expect(found.byteCount == files.content.values.reduce(0) { $0 + $1.count })
        #expect(Set(found.tensors.map(\.part)) == [0, 1, 2])
    }

    /// gguf-split's --no-tensor-first-split.
    @Test func theFirstPartMayHaveMetadataAlone() throws {
        let whole = try Self.model()
        var split = SplitModel(whole, into: 3)
        split.parts[1].tensors.insert(contentsOf: split.parts[0].tensors, at: 0)
        split.parts[0].tensors = []
        try Self.expectSame(split.files().open(split.path(0)), whole)
    }

    @Test func manyParts() throws {
        let whole = try Self.model()
        let split = SplitModel(whole, into: 12)
        #expect(split.path(11) == "cut-00012-of-00012.gguf")
        try Self.expectSame(split.files().open(split.path(4)), whole)
    }

    /// What gguf-split merges, and a single part: one file under any name.
    @Test(arguments: [0, 1]) func aFileThatIsNotSplit(count: UInt16) throws {
        let whole = try Self.model()
        var split = SplitModel(whole, into: 1)
        split.parts[0]["split.count"] = .uint16(count)
        let file = try TinyModel.open(split.bytes(0))
        try Self.expectSame(file, whole)
        #expect(file.parts.count == 1 && file.path == "tiny.gguf")
    }

    @Test func filesOnTheDisk() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try Self.model()
        let split = SplitModel(whole, into: 3, stem: folder.appending(path: "mé").path())
        for index in 0..<3 { try Data(split.bytes(index)).write(to: URL(filePath: split.path(index))) }
        let found = try GGUFFile.open(path: split.path(2))
        try Self.expectSame(found, whole)
        // A part that is cut while it is read is named.
        let last = try #require(found.tensors.last)
        #expect(truncate(split.path(2), off_t(last.byteOffset)) == 0)
        let cut = try #require(throws: CheckpointError.self) { try found.floats(of: last) }
        #expect(cut.code == .io && cut.file == split.path(2))
        try FileManager.default.removeItem(atPath: split.path(1))
        let error = try #require(throws: CheckpointError.self) { try GGUFFile.open(path: split.path(0)) }
        #expect(error.code == .missing && error.file == split.path(1))
        #expect(
            error.problem == "part 2 of 3 can't be opened as a model: No such file or directory")
        #expect("\(error)".contains("Put all 3 parts into one folder"))
    }

    // MARK: What is refused

    /// A change to the parts, the file that the error must name, and what it must say.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: Int
        var message: String
        var code = CheckpointError.Code.invalid
        var change: @Sendable (inout SplitModel) -> Void

        init(
            _ what: String, file: Int, says message: String, code: CheckpointError.Code = .invalid,
            _ change: @escaping @Sendable (inout SplitModel) -> Void
        ) {
            (testDescription, self.file, self.message, self.code, self.change) = (what, file, message, code, change)
        }
    }

    private static let wrong: [Wrong] = [
        Wrong("a missing part", file: 1, says: "part 2 of 3 can't be opened", code: .missing) {
            $0.parts[1].exists = false
        },
        Wrong("the last part missing", file: 2, says: "part 3 of 3 can't be opened", code: .missing) {
            $0.parts[2].exists = false
        },
        Wrong("another count", file: 2, says: "'split.count': expected 3 as in 'cut-00001-of-00003.gguf', found 4") {
            $0.parts[2]["split.count"] = .uint16(4)
        },
        Wrong("no count", file: 1, says: "'split.count': expected an integer below 2^63, found no such key") {
            $0.parts[1]["split.count"] = nil
        },
        Wrong("a part twice", file: 2, says: "'split.no': expected 2 by the file's name, found 1") {
            $0.parts[2] = $0.parts[1]
        },
        Wrong("the first part twice", file: 1, says: "'split.no': expected 1 by the file's name, found 0") {
            $0.parts[1] = $0.parts[0]
        },
        Wrong("no number", file: 1, says: "'split.no': expected an integer below 2^63, found no such key") {
            $0.parts[1]["split.no"] = nil
        },
        Wrong("no number in the first", file: 0, says: "'split.no': expected an integer") {
            $0.parts[0]["split.no"] = nil
        },
        Wrong("a number beyond the count", file: 0, says: "'split.no': expected 0 to 2, below 'split.count', found 3") {
            $0.parts[0]["split.no"] = .uint16(3)
        },
        Wrong("a negative number", file: 0, says: "expected 0 to 2, below 'split.count', found -1") {
            $0.parts[0]["split.no"] = .int8(-1)
        },
        Wrong("a number that is text", file: 2, says: "'split.no': expected an integer below 2^63, found string") {
            $0.parts[2]["split.no"] = .text("2")
        },
        Wrong("a name of another number", file: 0, says: "say part 2 of 3: expected a file name that ends in '-00002") {
            $0.parts[0]["split.no"] = .uint16(1)
        },
        Wrong("a name of another count", file: 0, says: "expected a file name that ends in '-00001-of-00004.gguf'") {
            $0.parts[0]["split.count"] = .uint32(4)
        },
        Wrong("too many parts", file: 0, says: "'split.count': expected 0 to 65535, found 65536") {
            $0.parts[0]["split.count"] = .uint32(65_536)
        },
        Wrong("a negative count", file: 0, says: "'split.count': expected 0 to 65535, found -3") {
            $0.parts[0]["split.count"] = .int32(-3)
        },
        Wrong("a count that is a float", file: 0, says: "'split.count': expected an integer below 2^63, found f32") {
            $0.parts[0]["split.count"] = .float32(3)
        },
        Wrong("no total", file: 0, says: "'split.tensors.count': expected an integer") {
            $0.parts[0]["split.tensors.count"] = nil
        },
        Wrong("another total", file: 1, says: "'split.tensors.count': expected") {
            $0.parts[1]["split.tensors.count"] = .int32(1)
        },
        Wrong("a wrong total", file: 0, says: "the tensors of all 3 parts, found 5") { split in
            for index in 0..<3 { split.parts[index]["split.tensors.count"] = .int32(5) }
        },
        Wrong("a tensor too few", file: 0, says: "the tensors of all 3 parts, found") {
            $0.parts[2].tensors.removeLast()
        },
        Wrong("a tensor in two parts", file: 2, says: "in one part, found it in 'cut-00001-of-00003.gguf' too") {
            $0.parts[2].tensors[0] = $0.parts[0].tensors[0]
        },
        Wrong("a part that is no GGUF file", file: 2, says: "magic: expected 'GGUF'") {
            $0.parts[2].bytes = Array("<!DOCTYPE html>".utf8)
        },
        Wrong("an empty part", file: 1, says: "magic") { $0.parts[1].bytes = [] },
    ]

    @Test(arguments: wrong) func isRefusedNamingTheFile(_ wrong: Wrong) throws {
        var split = SplitModel(try Self.model("q4_0"), into: 3)
        wrong.change(&split)
        let files = try split.files()
        let error = try #require(throws: CheckpointError.self) { try files.open(split.path(0)) }
        #expect(error.code == wrong.code && error.file == split.path(wrong.file), "\(error)")
        #expect("\(error)".contains(wrong.message) && !"\(error)".contains("\n"), "\(error)")
    }

    /// A part renamed, and one that is opened without the others.
    @Test func aPartUnderAnotherName() throws {
        let split = SplitModel(try Self.model("q4_0"), into: 3)
        var files = try split.files()
        files.content["model.gguf"] = files.content[split.path(1)]
        let error = try #require(throws: CheckpointError.self) { try files.open("model.gguf") }
        #expect(error.problem.contains("expected a file name that ends in '-00002-of-00003.gguf'"), "\(error)")
        let alone = try #require(throws: CheckpointError.self) { try TinyModel.open(split.bytes(0)) }
        #expect(alone.problem.contains("expected a file name that ends in '-00001-of-00003.gguf'"), "\(alone)")
    }

    /// Ten thousand times one damaged part of three: the model is read whole or refused with one line that names a part.
    @Test(.timeLimit(.minutes(1))) func mutationsOfAPartNeitherCrashNorHang() throws {
        var generator = SplitMix(seed: 20_27)
        var writer = GGUFWriter()
        writer.add("general.architecture", .text("llama"))
        for index in 0..<6 {
            writer.addTensor("tensor.\(index)", shape: [2, 32], elementType: index % 2 == 0 ? .q8_0 : .f16)
        }
        let split = SplitModel(try GGUFFile(source: MemorySource(writer.bytes())), into: 3)
        let whole = try split.files()
        var accepted = 0
        for round in 0..<10_000 {
            var files = whole
            let damaged = split.path(round % 3)
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                files.content[damaged]?.mutate(using: &generator)
            }
            let error = refusal(of: files, named: split.path(round / 3 % 3))
            if error == nil { accepted += 1 }
            let isKnown = error.map { files.content[$0.file] != nil || $0.code == .missing } ?? true
            #expect(error?.code != .io && isKnown && error?.description.contains("\n") != true, "round \(round)")
        }
        // Both outcomes must have been seen, or the mutations prove nothing.
        #expect((100..<9_900).contains(accepted), "\(accepted) accepted")
    }

    /// Why the model is refused, or nil where every tensor could be read.
    private func refusal(of files: SplitModel.Files, named: String) -> CheckpointError? {
        do throws(CheckpointError) {
            let file = try files.open(named)
            for tensor in file.tensors { _ = try file.floats(of: tensor) }
            return nil
        } catch {
            return error
        }
    }
}
