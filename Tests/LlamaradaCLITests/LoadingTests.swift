import Foundation
import Glibc
import Testing

/// What happens while a model of some size loads: the demo model, where tools/demo has fetched it or where
/// LLAMARADA_DEMO_MODEL names it.
@Suite(.serialized, .enabled(if: FileManager.default.fileExists(atPath: demoModel))) struct LoadingTests {
    /// The process's own memory stays far below the model's size times two: nothing but the staging slots and one
    /// batch of tiles is held beside what lies in device memory, here the machine's memory too.
    @Test func memoryWhileLoading() throws {
        let weights = try #require(FileManager.default.attributesOfItem(atPath: demoModel)[.size] as? Int)
        let child = try Child(["run", "-m", demoModel, "-p", "a", "-n", "1", "-c", "64", "--temp", "0"])
        var peak = 0
        while !child.hasEnded {
            // The last figure, not the largest: before exec it is that of the process that started the child.
            let byteCount = child.peakByteCount
            if byteCount > 0 { peak = byteCount }
            usleep(2000)
        }
        let end = try child.wait()
        #expect(end.status == 0 && peak > weights, "\(end.errors)")
        // Weights are only a part of the Vulkan allocations, so the bound is stricter than it says.
        let own = peak - weights
        #expect(own < 300 << 20, "\(own >> 20) MiB beside \(weights >> 20) MiB of weights")
    }

    /// Every command that loads a model ends at once, and says nothing.
    @Test(arguments: ["run -p a", "score -p a", "perplexity -f \(#filePath)", "compare -p a", "profile", "bench"])
    func aSignalEndsTheLoading(_ command: String) throws {
        let child = try Child(command.split(separator: " ").map(String.init) + ["-m", demoModel])
        // The libraries and the header take 4 MB of reading; behind them come the weights.
        while child.readByteCount < 12 << 20, !child.hasEnded { usleep(200) }
        kill(child.process, SIGINT)
        let start = ContinuousClock.now
        let end = try child.wait()
        #expect(end.status == 130 && end.errors.isEmpty, "\(end.status) \(end.errors)")
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func aFileCutWhileItLoads() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).gguf").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var end: (status: Int32, errors: String) = (0, "")
        // On a busy machine the file may be read whole before the knife falls.
        for _ in 0..<5 where end.status == 0 {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: demoModel, toPath: path)
            let child = try Child(["run", "-m", path, "-p", "a", "-n", "1", "-c", "64"])
            // The header takes 2 MB of reading; behind it come the weights.
            while child.readByteCount < 12 << 20, !child.hasEnded { usleep(200) }
            #expect(truncate(path, 8 << 20) == 0)
            end = try child.wait()
        }
        #expect(end.status == 5, "\(end.errors)")
        #expect(end.errors.split(separator: "\n").count == 1 && end.errors.contains(path), "\(end.errors)")
    }
}

/// A running `llamarada`, watched through /proc.
private struct Child {
    let process: pid_t
    private let errors: String

    init(_ arguments: [String]) throws {
        let runner = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [runner]
        let program = try #require(
            folders.map { $0.appending(path: "llamarada").path() }
                .first { FileManager.default.isExecutableFile(atPath: $0) })
        errors = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID()).stderr").path()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        let strings = ([program] + arguments).map { strdup($0) }
        defer { strings.forEach { free($0) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, program, &actions, nil, strings + [nil], environ) == 0)
        self.process = process
    }

    /// Bytes that the process has read so far.
    var readByteCount: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/io", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first.flatMap { Int($0.dropFirst("rchar: ".count)) } ?? 0
    }

    /// The most memory that the process had so far. (What wait4 tells would count its parent's, from before exec.)
    var peakByteCount: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// Whether only its exit status is left of the process.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo != 0
    }

    /// The exit status, and what the process said.
    func wait() throws -> (status: Int32, errors: String) {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 { try #require(errno == EINTR) }
        defer { try? FileManager.default.removeItem(atPath: errors) }
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
        return (code, try String(contentsOfFile: errors, encoding: .utf8))
    }
}

private let demoModel =
    ProcessInfo.processInfo.environment["LLAMARADA_DEMO_MODEL"]
    ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "models/SmolLM2-135M-Instruct.Q4_1.gguf")
    .resolvingSymlinksInPath().path()
