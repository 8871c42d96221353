import Foundation
import Glibc
import Testing

/// The built `llamarada`, run as people run it.
struct Program {
    /// The exit status; 128 + the number where a signal ended the process, as a shell would say.
    var status: Int32
    var outputBytes: [UInt8]
    var errors: String

    var output: String { String(decoding: outputBytes, as: UTF8.self) }

    /// Runs the program that was built beside this test.
    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        try run(arguments, environment: environment)
    }

    /// The same for a list of arguments.
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Program {
        try Running(path, arguments, environment).finish()
    }

    /// Runs a shell's line in which `$llamarada` is the program.
    static func shell(_ line: String) throws -> Program {
        try Running("/bin/bash", ["-c", line], ["llamarada": path]).finish()
    }

    /// Starts the program and returns while it runs.
    static func start(_ arguments: String..., environment: [String: String] = [:]) throws -> Running {
        try start(arguments, environment: environment)
    }

    /// The same for a list of arguments.
    static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        try Running(path, arguments, environment)
    }

    /// Without any Vulkan driver.
    static let noDriver = ["VK_ICD_FILENAMES": "/nonexistent.json", "VK_DRIVER_FILES": "/nonexistent.json"]

    /// What starts it: under nohup the tests ignore SIGHUP, and so would the program.
    static let hearsHangups = ["/usr/bin/env", "--default-signal=HUP"]

    static let path: String = {
        // The test runner is named in the arguments or lies beside its bundle, by how the tests were started.
        let runner = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [runner]
        return folders.map { $0.appending(path: "llamarada").path() }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "llamarada is not built"
    }()
}

/// A process whose output is collected; one that runs for longer than five minutes is killed.
final class Running {
    let process = Process()
    private let output = Pipe()
    private let errors: URL
    private let errorsHandle: FileHandle
    private let watchdog: DispatchWorkItem

    init(_ path: String, _ arguments: [String], _ environment: [String: String]) throws {
        // Backtraces of a crash would take longer than the crash.
        let quiet = ["SWIFT_BACKTRACE": "enable=no"]
        errors = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).stderr")
        try Data().write(to: errors)
        let command = Program.hearsHangups + [path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(quiet) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        errorsHandle = try FileHandle(forWritingTo: errors)
        process.standardError = errorsHandle
        try process.run()
        // Until its time has come the item keeps what it captures: of a process and its files only the number.
        let identifier = process.processIdentifier
        watchdog = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 300, execute: watchdog)
    }

    deinit { try? FileManager.default.removeItem(at: errors) }

    /// Waits for a line on stderr, and gives the part of it that the pattern captures; nil after half a minute.
    func wait(for pattern: Regex<(Substring, Substring)>) throws -> String? {
        for _ in 0..<3000 {
            let text = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
            if let match = text.firstMatch(of: pattern) { return String(match.1) }
            usleep(10_000)
        }
        return nil
    }

    /// Waits for the first byte of output.
    func waitForOutput() -> [UInt8] { read(upTo: 1) }

    /// Foundation's own reading dies of a signal that comes meanwhile, such as the end of another child.
    private func read(upTo limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let count = Glibc.read(
                output.fileHandleForReading.fileDescriptor, &part, min(part.count, limit - bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return bytes
    }

    /// Waits for the end.
    func finish() throws -> Program {
        let bytes = read(upTo: .max)
        process.waitUntilExit()
        watchdog.cancel()
        // Foundation reads beyond a buffer when it starts a process while some 1,300 files are open.
        try output.fileHandleForReading.close()
        try errorsHandle.close()
        let signal: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return Program(
            status: signal + process.terminationStatus, outputBytes: bytes,
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
