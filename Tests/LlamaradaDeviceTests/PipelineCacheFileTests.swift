import Foundation
import Glibc
import LlamaradaDevice
import Testing

/// A cache file is whole and one's own, or it is ignored.
@Suite struct PipelineCacheFileTests {
    private let directory: URL
    private let file: PipelineCacheFile
    private let data = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 31) }
    private var url: URL { directory.appending(path: "new/cache.bin") }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        file = PipelineCacheFile(directory: directory.path() + "/new", name: "cache.bin")
    }

    private func removed<T>(_ body: () throws -> T) rethrows -> T {
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body()
    }

    @Test func readsWhatItWrote() throws {
        try removed {
            #expect(file.read() == nil)
            file.write(data)
            #expect(file.read() == data)
            file.write([1, 2, 3])
            #expect(file.read() == [1, 2, 3])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path() + "/new")
            #expect(names == ["cache.bin"], "no temporary file stays")
        }
    }

    @Test func truncatedIsIgnored() throws {
        try removed {
            file.write(data)
            let whole = try Data(contentsOf: url)
            for length in [0, 1, 23, 24, 25, whole.count - 1] {
                try whole.prefix(length).write(to: url)
                #expect(file.read() == nil, "\(length) bytes")
            }
            try (whole + [0]).write(to: url)
            #expect(file.read() == nil, "a byte too many")
        }
    }

    @Test func damagedIsIgnored() throws {
        try removed {
            file.write(data)
            let whole = try Data(contentsOf: url)
            for place in stride(from: 0, to: whole.count, by: 7) {
                var damaged = whole
                damaged[place] ^= 0x10
                try damaged.write(to: url)
                #expect(file.read() == nil, "byte \(place)")
            }
            file.write(data)
            #expect(file.read() == data, "and replaced by the next write")
        }
    }

    @Test func foreignIsIgnored() throws {
        try removed {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            #expect(file.read() == nil, "a folder")
            try FileManager.default.removeItem(at: url)
            try Data(repeating: 0x41, count: 5000).write(to: url)
            #expect(file.read() == nil, "another program's file")
        }
    }

    @Test func nowhereToWriteIsNoFailure() {
        removed {
            let nowhere = PipelineCacheFile(directory: "/proc/nothing/here", name: "cache.bin")
            nowhere.write(data)
            #expect(nowhere.read() == nil)
        }
    }

    private var folder: String { directory.path() + "/new" }
    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    /// A link under the name that the temporary file had in versions before.
    @Test func plantedLinksAreNotFollowed() throws {
        try removed {
            file.write(data)
            let victim = directory.appending(path: "victim").path()
            try Data("precious".utf8).write(to: URL(filePath: victim))
            symlink(victim, url.path() + ".\(getpid())")
            file.write([1, 2, 3])
            #expect(file.read() == [1, 2, 3])
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
            unlink(url.path())
            symlink(victim, url.path())
            #expect(file.read() == nil)
            file.write(data)
            #expect(file.read() == data)
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
        }
    }

    @Test func sizesHaveALimit() throws {
        try removed {
            file.write(data)
            file.write([UInt8](repeating: 1, count: PipelineCacheFile.largestByteCount + 1))
            #expect(file.read() == data)
            // With a right header and a hole behind it: only reading it all would tell that its hash is wrong.
            var start = try Data(contentsOf: url).prefix(24)
            let count = UInt64((1 << 30) - 100 - 24)
            withUnsafeBytes(of: count.littleEndian) { start.replaceSubrange(8..<16, with: $0) }
            try start.write(to: url)
            #expect(truncate(url.path(), Int(count) + 24) == 0)
            let time = ContinuousClock().measure { #expect(file.read() == nil) }
            #expect(time < .seconds(1))
        }
    }

    @Test(arguments: [0o770, 0o707, 0o777] as [mode_t]) func foldersOfOthersAreNotUsed(_ mode: mode_t) {
        removed {
            file.write(data)
            #expect(chmod(folder, mode) == 0)
            #expect(file.read() == nil)
            file.write([1, 2, 3])
            #expect(chmod(folder, 0o755) == 0)
            #expect(file.read() == data)
        }
    }

    @Test func foldersAreMadeForOneselfOnly() {
        removed {
            let deep = directory.path() + "/a/b/llamarada"
            let file = PipelineCacheFile(directory: deep, name: "cache.bin")
            file.write(data)
            #expect(file.read() == data)
            for path in [deep, directory.path() + "/a"] {
                var status = stat()
                #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
            }
        }
    }

    @Test func leftoversOfTheDeadGo() throws {
        try removed {
            file.write(data)
            // Above the largest number that Linux gives a process.
            let dead = 1 << 22 + 1
            let others = ["cache.bin.1-ab", "cache.bin.\(getpid())-ab", "cache.bin.\(dead)-xy", "other.\(dead)"]
            for name in others + ["cache.bin.\(dead)-ab", "cache.bin.\(dead)", "before.bin.\(dead)-1"] {
                try Data().write(to: URL(filePath: folder + "/" + name))
            }
            file.write([1])
            #expect(try names() == (others + ["cache.bin"]).sorted())
        }
    }

    @Test func relativePathsCountAsNotSet() {
        func directory(_ variables: [String: String]) -> String? { PipelineCacheFile.directory { variables[$0] } }
        #expect(directory(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/llamarada")
        for relative in ["", "c", "./c", "~/c"] {
            #expect(directory(["XDG_CACHE_HOME": relative, "HOME": "/h"]) == "/h/.cache/llamarada")
            #expect(directory(["XDG_CACHE_HOME": relative, "HOME": relative]) == nil)
        }
        #expect(directory([:]) == nil)
    }
}
