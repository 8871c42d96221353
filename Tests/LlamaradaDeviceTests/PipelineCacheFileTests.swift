import Foundation
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
}
