import Foundation
import Testing

@Suite struct VersionTests {
    /// `llamarada 0.1.0 (1a2b3c4-dev)`; a build folder outside a checkout knows no commit.
    private static var line: Regex<(Substring, Substring, Substring)> {
        #/llamarada (\d+\.\d+\.\d+) \(([0-9a-f]{7}-dev|[0-9a-f]{7,}|unknown)\)\n/#
    }

    private func version(of program: String = "\"$llamarada\"") throws -> String {
        let result = try Program.shell("exec \(program) --version")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        return String(try #require(result.output.wholeMatch(of: Self.line), "\(result.output)").2)
    }

    @Test func namesVersionAndBuild() throws { _ = try version() }

    /// A program in a checkout's build folder says what HEAD is, however git keeps it; a package says what it is told.
    @Test func namesTheCommit() throws {
        let commit = String(repeating: "0123456789", count: 4)
        try Fixtures.withTemporaryPath("checkout") { root in
            let folder = "\(root)/.build/x/debug"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: Program.path, toPath: "\(folder)/llamarada")
            func write(_ files: [String: String]) throws {
                try? FileManager.default.removeItem(atPath: "\(root)/.git")
                for (name, text) in files {
                    let url = URL(filePath: "\(root)/\(name)")
                    try FileManager.default.createDirectory(
                        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(text.utf8).write(to: url)
                }
            }
            let expected: [([String: String], String)] = [
                ([:], "unknown"),
                ([".git/HEAD": "\(commit)\n"], "0123456-dev"),
                ([".git/HEAD": "ref: refs/heads/a/b\n", ".git/refs/heads/a/b": "\(commit)\n"], "0123456-dev"),
                (
                    [
                        ".git/HEAD": "ref: refs/heads/main\n",
                        ".git/packed-refs": "# pack-refs\n\(commit) refs/heads/main\n",
                    ], "0123456-dev"
                ),
                (
                    [
                        ".git": "gitdir: other/tree\n", "other/tree/HEAD": "ref: refs/heads/x\n",
                        "other/tree/commondir": "..\n", "other/refs/heads/x": "\(commit)\n",
                    ], "0123456-dev"
                ),
                ([".git/HEAD": "ref: refs/heads/none\n"], "unknown"),
                ([".git/HEAD": "ref: refs/../../secret\n", "secret": "\(commit)\n"], "unknown"),
                ([".git/HEAD": "nonsense\n"], "unknown"), ([".git": "nonsense\n"], "unknown"),
            ]
            for (files, name) in expected {
                try write(files)
                #expect(try version(of: "'\(folder)/llamarada'") == name, "\(files)")
            }
            try write([".git/HEAD": "\(commit)\n", ".build/x/debug/BUILD": "abcdef1 42\n"])
            #expect(try version(of: "'\(folder)/llamarada'") == "abcdef1")
        }
    }

    @Test func reportsNameTheBuild() throws {
        let build = try version()
        let bench = try Program.run(
            "bench", "-m", Fixtures.model("f32"), "-p", "4", "-n", "0", "-r", "1", "--backend", "cpu")
        #expect(bench.output.contains("build: \(build) ("), "\(bench.output)")
        let doctor = try Program.run("doctor", "-o", "Add")
        #expect(doctor.output.contains("(\(build))"))
        let compare = try Program.run("compare", "-m", Fixtures.model("f32"), "-p", "Hello")
        #expect(compare.output.contains("(\(build))"))
        let profile = try Program.run("profile", "-m", Fixtures.model("f32"), "-p", "4", "-n", "2", "--no-overhead")
        #expect(profile.output.contains("(\(build))"))
    }
}
