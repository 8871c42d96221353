import Foundation
import Glibc
import Testing

/// A folder of Meta's that is written as something else while the disk fills up or the process is ended.
@Suite(.serialized) struct ConvertFaultTests {
    private static let commands = [
        ["convert", "IN", "OUT", "--type", "Q3_K_M", "--force"], ["quantize", "IN", "OUT", "Q2_K", "--force"],
    ]

    /// Runs a command with a folder of two shards at IN and an old file at OUT, and checks what it leaves.
    ///
    /// - Parameter leftOvers: unfinished files beside the old one.
    private static func run(
        _ command: [String], leftOvers: Int = 0, _ body: (_ arguments: [String], _ folder: String) throws -> Void
    ) throws {
        try Fixtures.withTemporaryPath("in") { path in
            let out = path + ".gguf"
            #expect(
                try Program.run("synth", "--size", "tiny", "--format", "meta", "--shards", "2", "--type", "F16", path)
                    .status == 0)
            try Data("old".utf8).write(to: URL(filePath: out))
            let before = try contents(of: path)
            let folder = URL(filePath: path).deletingLastPathComponent().path()
            let count = try count(in: folder)
            try body(command.map { ["IN": path, "OUT": out][$0] ?? $0 }, folder)
            #expect(try Data(contentsOf: URL(filePath: out)) == Data("old".utf8))
            #expect(try Self.count(in: folder) == count + leftOvers)
            #expect(try contents(of: path) == before)
        }
    }

    private static func count(in folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder).count
    }

    private static func contents(of folder: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try Data(contentsOf: URL(filePath: "\(folder)/\($0)"))) })
    }

    /// A file may have a million bytes: with what is longer the disk is full.
    @Test(arguments: commands) func theDiskIsFull(_ command: [String]) throws {
        try Self.run(command) { arguments, _ in
            let line = arguments.map { "'\($0)'" }.joined(separator: " ")
            let program = try Program.shell("ulimit -f 1000; exec \"$llamarada\" \(line)")
            #expect(program.status == 5, "\(program.errors)")
        }
    }

    @Test(arguments: commands, [SIGTERM, SIGKILL]) func theProcessIsEnded(_ command: [String], _ signal: Int32) throws {
        try Self.run(command, leftOvers: signal == SIGKILL ? 1 : 0) { arguments, folder in
            let before = try Self.count(in: folder)
            // A second of work for one thread; held in the middle of it until the signal is there.
            let running = try Program.start(arguments + ["-t", "1"])
            while running.process.isRunning, try Self.count(in: folder) == before { usleep(1000) }
            kill(running.process.processIdentifier, SIGSTOP)
            try #require(Self.count(in: folder) == before + 1, "the file was done before the signal")
            kill(running.process.processIdentifier, signal)
            kill(running.process.processIdentifier, SIGCONT)
            #expect(try running.finish().status == 128 + signal)
        }
    }
}
