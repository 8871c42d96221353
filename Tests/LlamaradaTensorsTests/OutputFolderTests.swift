import Foundation
import LlamaradaTensors
import Testing

@Suite struct OutputFolderTests {
    private func withPath(_ body: (String) throws -> Void) rethrows {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func write(_ name: String, in folder: OutputFolder, commits: Bool = true) throws {
        let file = try folder.file(name)
        try [1, 2].withUnsafeBytes { try file.write($0) }
        if commits { try file.commit() }
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test func nothingStaysOfAFolderThatIsNotComplete() throws {
        try withPath { path in
            do {
                let folder = try OutputFolder(path: path)
                try write("a", in: folder)
                try write("b", in: folder, commits: false)
                #expect(try names(path) == ["a"])
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aFolderThatWasThereStaysEmpty() throws {
        try withPath { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            do { try write("a", in: try OutputFolder(path: path + "/")) }
            #expect(try names(path) == [])
        }
    }

    @Test func anAbandonedFolderGoesAtOnce() throws {
        try withPath { path in
            let folder = try OutputFolder(path: path)
            let file = try folder.file("a")
            folder.abandon()
            #expect(!FileManager.default.fileExists(atPath: path))
            withExtendedLifetime(file) {}
        }
    }

    @Test func aCompleteFolderStays() throws {
        try withPath { path in
            do {
                let folder = try OutputFolder(path: path)
                try write("a", in: folder)
                folder.commit()
            }
            #expect(try names(path) == ["a"])
            #expect(!OutputFolder.isFree(path) && !OutputFolder.isFree(path + "/a") && !OutputFolder.isFree(""))
        }
    }

    @Test func whatCannotBeAFolderIsAnError() {
        withPath { path in
            #expect(OutputFolder.isFree(path))
            #expect { _ = try OutputFolder(path: path + "/x") } throws: { ($0 as? CheckpointError)?.code == .io }
        }
    }
}
