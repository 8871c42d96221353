import Foundation
import Glibc
import Testing

/// Limits that a system sets: one line and an exit status, never a hang.
@Suite struct ResourceLimitTests {
    private static let run = "run -m '\(Fixtures.model("f32"))' -p Hello -n 4 --temp 0 -t 2"

    private func expectAnEnd(_ line: String, _ what: String = "") throws {
        let start = ContinuousClock.now
        let program = try Program.shell(line)
        #expect([0, 3, 4, 5].contains(program.status), "\(what): \(program.status) \(program.errors)")
        let lines = program.errors.split(separator: "\n").count
        #expect(lines == 1, "\(what): \(program.errors)")
        #expect(program.status == 0 || program.output.isEmpty)
        #expect(ContinuousClock.now - start < .seconds(30), "\(what)")
    }

    @Test(arguments: ["cpu", "vulkan"]) func openFiles(_ backend: String) throws {
        for count in [4, 5, 6, 7, 8, 10, 12, 16] {
            try expectAnEnd("ulimit -n \(count); exec \"$llamarada\" \(Self.run) --backend \(backend)", "\(count)")
        }
    }

    @Test(arguments: ["cpu", "vulkan"]) func stack(_ backend: String) throws {
        try expectAnEnd("ulimit -s 64; exec \"$llamarada\" \(Self.run) --backend \(backend)")
    }

    /// Too little memory for the stack of a thread: Dispatch then waits for ever.
    @Test(arguments: ["cpu", "vulkan"]) func memory(_ backend: String) throws {
        for kibibytes in stride(from: 40_000, through: 160_000, by: 5_000) {
            let line = "ulimit -v \(kibibytes); exec timeout -s KILL 20 \"$llamarada\" \(Self.run) --backend \(backend)"
            let program = try Program.shell(line)
            // Below some limit the program can't even be loaded, which ld.so says with 127.
            #expect([0, 4, 5, 127].contains(program.status), "\(kibibytes): \(program.status) \(program.errors)")
        }
    }

    /// The limit on processes does not bind for root, so another user runs the program.
    @Test(.enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0), arguments: ["cpu", "vulkan"])
    func threads(_ backend: String) throws {
        try withCopyForEveryone { folder in
            for count in 1...8 {
                try expectAnEnd(
                    """
                    cd '\(folder)'; exec timeout -s KILL 20 setpriv --reuid=\(Self.user) --regid=\(Self.user) \
                    --clear-groups env HOME='\(folder)' prlimit --nproc=\(count) ./llamarada run -m f32.gguf -p Hello -n 4 --temp 0 \
                    -t 2 --backend \(backend)
                    """, "\(count) processes")
            }
        }
    }

    /// A user that runs nothing else: the limit counts all processes of one.
    private static let user = 64_321

    private func withCopyForEveryone(_ body: (String) throws -> Void) throws {
        try Fixtures.withTemporaryPath("everyone") { folder in
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try files.copyItem(atPath: Program.path, toPath: "\(folder)/llamarada")
            try files.copyItem(atPath: Fixtures.model("f32"), toPath: "\(folder)/f32.gguf")
            chmod(URL(filePath: folder).deletingLastPathComponent().path(), 0o755)
            chmod(folder, 0o755)
            try body(folder)
        }
    }

    /// 60 MB took 53 s and 6.5 GB to be found too long.
    @Test(arguments: ["run", "score"]) func textThatCannotFit(_ command: String) throws {
        let start = ContinuousClock.now
        let program = try Program.shell(
            "yes 'Hello world' | head -c 60000000 | \"$llamarada\" \(command) -m '\(Fixtures.model("f32"))' -f -")
        #expect(program.status == 64 && program.output.isEmpty)
        let line = #/^The prompt has \d+ bytes, the context holds 256 tokens/#
        #expect(program.errors.contains(line), "\(program.errors)")
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
