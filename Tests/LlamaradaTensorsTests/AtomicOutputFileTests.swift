import Foundation
import Glibc
import LlamaradaTensors
import Testing

/// Outputs appear whole, keep links and devices, and leave nothing behind.
@Suite struct AtomicOutputFileTests {
    private struct Stop: Error {}

    /// Runs `body` in an empty folder.
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path())
    }

    private func put(_ text: String, at path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
    private func text(_ path: String) throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }
    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
    private func write(_ text: String, to path: String) throws {
        let file = try AtomicOutputFile(path: path)
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    @Test func linksStay() throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/below", withIntermediateDirectories: true)
            try put("old", at: "\(folder)/below/file")
            symlink("below/file", "\(folder)/link")
            symlink("link", "\(folder)/linkToLink")
            symlink("below/absent", "\(folder)/dangling")
            try write("new", to: "\(folder)/linkToLink")
            try write("made", to: "\(folder)/dangling")
            #expect(try text("\(folder)/below/file") == "new" && text("\(folder)/below/absent") == "made")
            #expect(try names(folder) == ["below", "dangling", "link", "linkToLink"])
            #expect(try names("\(folder)/below") == ["absent", "file"])
            for name in ["link", "linkToLink", "dangling"] {
                #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) != nil)
            }
        }
    }

    @Test func whatCanHoldNoBytesIsRefused() throws {
        try inFolder { folder in
            symlink("b", "\(folder)/a")
            symlink("a", "\(folder)/b")
            for path in ["\(folder)/a", folder, "\(folder)/absent/x", "", "/dev/fd/987654"] {
                let error = #expect(throws: CheckpointError.self) { try AtomicOutputFile(path: path) }
                #expect(error?.code == .io, "\(path)")
            }
            let left = try names(folder)
            #expect(left == ["a", "b"])
        }
    }

    @Test func pipesAndDevicesAreWrittenInPlace() throws {
        try inFolder { folder in
            let pipe = "\(folder)/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            defer { close(reader) }
            try write("through", to: pipe)
            var bytes = [UInt8](repeating: 0, count: 100)
            #expect(read(reader, &bytes, 100) == 7 && bytes.starts(with: "through".utf8))
            symlink("/dev/null", "\(folder)/null")
            try write("away", to: "\(folder)/null")
            #expect(try names(folder) == ["null", "pipe"])
            let error = #expect(throws: CheckpointError.self) { try write("no room", to: "/dev/full") }
            #expect(error?.code == .io)
        }
    }

    /// What a shell redirected is not replaced, and goes on where it was.
    @Test func inheritedDescriptorsAreWrittenInPlace() throws {
        try inFolder { folder in
            let path = "\(folder)/file"
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            #expect(Glibc.write(descriptor, "before ", 7) == 7)
            symlink("/dev/fd/\(descriptor)", "\(folder)/link")
            for name in ["/dev/fd/\(descriptor)", "/proc/self/fd/\(descriptor)", "\(folder)/link"] {
                let target = try OutputTarget(path: name)
                #expect(target.isDescriptor && target.isFile(path))
                try write("x", to: name)
            }
            #expect(Glibc.write(descriptor, " after", 6) == 6)
            #expect(try text(path) == "before xxx after" && names(folder) == ["file", "link"])
            // One that the program opened itself is nobody's output.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            #expect(throws: CheckpointError.self) { try AtomicOutputFile(path: "/dev/fd/\(descriptor)") }
            close(descriptor)
        }
    }

    @Test func stoppedBeforeTheRenameNothingIsThere() throws {
        try inFolder { folder in
            try put("old", at: "\(folder)/file")
            do {
                let file = try AtomicOutputFile(path: "\(folder)/file")
                #expect(try names(folder).count == 2)
                #expect(throws: Stop.self) { try file.commit(check: { throw Stop() }) }
            }
            #expect(try names(folder) == ["file"] && text("\(folder)/file") == "old")
        }
    }

    /// Only of this name, in this form, of processes that are no more, and not held by a process elsewhere.
    @Test func leftoversOfTheDeadGo() throws {
        try inFolder { folder in
            // Above the largest number that Linux gives a process.
            let dead = 1 << 22 + 1
            let others = [
                "model.\(getpid())-ab.partial", "model.1-ab.partial", "model.\(dead)-xy.partial",
                "model.\(dead).partial", "model.ab.partial", "model2.\(dead)-ab.partial", "model.\(dead)-ab",
                "model.\(dead)-aaaa.partial",
            ]
            for name in others { try put("kept", at: "\(folder)/\(name)") }
            let held = open("\(folder)/model.\(dead)-aaaa.partial", O_RDONLY | O_CLOEXEC)
            #expect(flock(held, LOCK_EX) == 0)
            for name in ["ab", "1", "ffffffff"] { try put("left", at: "\(folder)/model.\(dead)-\(name).partial") }
            try write("whole", to: "\(folder)/model")
            #expect(try names(folder) == (others + ["model"]).sorted())
            close(held)
        }
    }

    @Test func oneFileUnderSeveralNames() throws {
        try inFolder { folder in
            try put("GGUF", at: "\(folder)/file")
            try put("GGU", at: "\(folder)/short")
            try put("", at: "\(folder)/empty")
            link("\(folder)/file", "\(folder)/hard")
            symlink("file", "\(folder)/soft")
            for name in ["file", "hard", "soft", "../\((folder as NSString).lastPathComponent)/file"] {
                let target = try OutputTarget(path: "\(folder)/\(name)")
                #expect(target.isFile("\(folder)/file") && target.isFile("\(folder)/soft"), "\(name)")
                #expect(!target.isFile("\(folder)/short") && !target.isFile("\(folder)/absent"))
                #expect(target.content == .model)
            }
            let absent = try OutputTarget(path: "\(folder)/absent")
            #expect(try absent.isSameFile(as: OutputTarget(path: "\(folder)/./absent")))
            #expect(try !absent.isSameFile(as: OutputTarget(path: "\(folder)/other")))
            #expect(try OutputTarget(path: "\(folder)/short").content == .other)
            #expect(try OutputTarget(path: "\(folder)/empty").content == .nothing && absent.content == .nothing)
            // Two uses of a device do not take anything from each other.
            let null = try OutputTarget(path: "/dev/null")
            #expect(!null.isSameFile(as: null) && !null.isFile("/dev/null"))
        }
    }
}
