import Glibc
import LlamaradaTensors
import Testing

@Suite final class ModelFileTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/llamarada-tests-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for name in names(in: folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    @Test func whatIsNoReadableFileIsRefusedWithoutWaiting() throws {
        let fifo = "\(folder)/pipe"
        #expect(mkfifo(fifo, 0o600) == 0)
        let cases = [
            (fifo, "found a pipe"), (folder, "found a directory"), ("/dev/zero", "found a device"),
            ("\(folder)/absent", "No such file or directory"), ("", "No such file or directory"),
            ("a\0b", "the path holds a zero byte"),
        ]
        for (path, reason) in cases {
            let error = #expect(throws: CheckpointError.self) { try GGUFFile.open(path: path) }
            #expect(error?.code == .missing)
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
        }
    }

    @Test func aFileCutWhileItIsReadIsAnError() throws {
        let path = "\(folder)/model.gguf"
        try everyKindOfValue().write(to: path) { tensor, sink in
            try [UInt8](repeating: 1, count: tensor.byteCount).withUnsafeBytes(sink)
        }
        let file = try GGUFFile.open(path: path)
        let last = try #require(file.tensors.last)
        #expect(try file.floats(of: last).count == 768)
        #expect(truncate(path, last.byteOffset + 10) == 0)
        let error = #expect(throws: CheckpointError.self) { try file.floats(of: last) }
        #expect(error?.code == .io)
        #expect(
            error?.problem
                == "ended at byte \(last.byteOffset + 10) of \(file.byteCount), with \(last.byteCount - 10) more bytes expected"
        )
    }

    @Test func aFailingDiskIsAnIOError() {
        let error = #expect(throws: CheckpointError.self) { try GGUFFile(source: FailingSource()) }
        #expect(error?.code == .io)
    }

    @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
        let path = "\(folder)/model.gguf"
        var writer = GGUFWriter()
        writer.addTensor("t", shape: [4], elementType: .f32)
        try writer.write(to: path) { _, sink in try [Float](repeating: 1, count: 4).withUnsafeBytes(sink) }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try writer.write(to: path) { _, _ in throw Stop() } }
        let error = #expect(throws: CheckpointError.self) {
            try writer.write(to: path) { _, sink in try [Float](repeating: 2, count: 3).withUnsafeBytes(sink) }
        }
        #expect(error?.problem == "tensor 't': expected 16 bytes to write, found 12")
        let file = try GGUFFile.open(path: path)
        #expect(try file.floats(of: file.tensors[0]) == [1, 1, 1, 1])
        #expect(names(in: folder) == ["model.gguf"])
    }

    @Test func aFolderThatIsNotThereIsAnIOError() {
        let error = #expect(throws: CheckpointError.self) {
            try GGUFWriter().write(to: "\(folder)/absent/model.gguf") { _, _ in }
        }
        #expect(error?.code == .io)
    }

    private func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
