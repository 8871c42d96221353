import Foundation
import Glibc
import Testing

/// Files and devices that can't be used: the exit status, and one line that says why.
@Suite struct FaultTests {
    private func expectOneLine(_ program: Program, _ status: Int32, _ parts: String...) {
        #expect(program.status == status && program.output.isEmpty, "\(program.status) \(program.errors)")
        #expect(program.errors.split(separator: "\n").count == 1, "\(program.errors)")
        for part in parts { #expect(program.errors.contains(part), "\(program.errors)") }
    }

    private static let readers = [
        ["inspect"], ["tokenize", "-p", "a", "-m"], ["run", "-p", "a", "-m"], ["score", "-p", "a", "-m"],
        ["run", "--backend", "cpu", "-p", "a", "-m"],
    ]

    @Test(arguments: readers) func missingFile(_ command: [String]) throws {
        expectOneLine(try Program.run(command + ["/nonexistent/x.gguf"]), 3, "/nonexistent/x.gguf", "No such file")
        expectOneLine(try Program.run(command + [""]), 3)
    }

    @Test(arguments: readers) func directory(_ command: [String]) throws {
        expectOneLine(try Program.run(command + ["/tmp"]), 3, "/tmp", "directory")
    }

    @Test(arguments: readers) func pipeWithoutAWriter(_ command: [String]) throws {
        try Fixtures.withTemporaryPath("pipe.gguf") { path in
            #expect(mkfifo(path, 0o600) == 0)
            expectOneLine(try Program.run(command + [path]), 3, path, "pipe")
        }
    }

    @Test(arguments: readers) func truncatedFile(_ command: [String]) throws {
        let whole = try Data(contentsOf: URL(filePath: Fixtures.model("f32")))
        for byteCount in [0, 3, 20, 5000, whole.count - 64] {
            try Fixtures.withTemporaryPath("cut.gguf") { path in
                try whole.prefix(byteCount).write(to: URL(filePath: path))
                expectOneLine(try Program.run(command + [path]), 3, path)
            }
        }
    }

    @Test(arguments: readers) func notGGUF(_ command: [String]) throws {
        try Fixtures.withTemporaryPath("text.gguf") { path in
            try Data(repeating: UInt8(ascii: "a"), count: 10_000).write(to: URL(filePath: path))
            expectOneLine(try Program.run(command + [path]), 3, path, "GGUF")
        }
    }

    @Test(arguments: ["run", "score"]) func unknownArchitecture(_ command: String) throws {
        var bytes = try Data(contentsOf: URL(filePath: Fixtures.model("f32")))
        let key = Data("general.architecture".utf8)
        // Behind the key: the value's type, its length, then "llama".
        let value = try #require(bytes.range(of: key)).upperBound + 12
        bytes.replaceSubrange(value..<value + 5, with: Data("mamba".utf8))
        try Fixtures.withTemporaryPath("mamba.gguf") { path in
            try bytes.write(to: URL(filePath: path))
            expectOneLine(
                try Program.run(command, "-m", path, "-p", "a"), 3, path, "architecture 'mamba'",
                "Use a dense model of the Llama family; 'llamarada inspect \(path)' shows what this one is.\n")
        }
    }

    @Test func textFileThatCannotBeRead() throws {
        for (path, shown) in [("/nonexistent", "/nonexistent"), ("/tmp", "directory"), ("", "''")] {
            expectOneLine(try Program.run("run", "-m", Fixtures.model("f32"), "-f", path), 5, shown, "text")
            expectOneLine(try Program.run("perplexity", "-m", Fixtures.model("f32"), "-f", path), 5, shown, "text")
        }
    }

    @Test func endlessText() throws {
        expectOneLine(try Program.run("run", "-m", Fixtures.model("f32"), "-f", "/dev/zero"), 5, "/dev/zero", "longer")
    }

    /// What Swift can't pass as an argument, a shell can.
    @Test func argumentsThatAreNotUTF8() throws {
        let model = Fixtures.model("f32")
        let file = try Program.shell(#"exec "$llamarada" inspect "$(printf 'a\377b')""#)
        expectOneLine(file, 3, #"a\xffb: can't be opened"#)
        for command in ["run", "score", "tokenize", "compare", "profile --no-overhead"] {
            let option = command.hasPrefix("profile") ? "--prompt" : "-p"
            let text = try Program.shell(
                #"exec "$llamarada" \#(command) -m '\#(model)' \#(option) "$(printf 'a\377b\33')""#)
            #expect(text.status == 64 && text.output.isEmpty)
            #expect(text.errors.contains("The text of \(option) is not UTF-8"), "\(text.errors)")
        }
        let number = try Program.shell(#"exec "$llamarada" run -m '\#(model)' -p a -n "$(printf '\377')""#)
        #expect(number.status == 64)
    }

    @Test func noDriver() throws {
        let model = Fixtures.model("f32")
        for command in [["devices"], ["devices", "--json"], ["run", "-m", model, "-p", "a"]] {
            expectOneLine(try Program.run(command, environment: Program.noDriver), 4, "driver")
        }
        for command in [
            ["--help"], ["inspect", model], ["tokenize", "-m", model, "-p", "a"],
            ["run", "-m", model, "-p", "a", "-n", "1", "--backend", "cpu"],
            ["score", "-m", model, "-p", "a", "--backend", "cpu"],
        ] {
            let program = try Program.run(command, environment: Program.noDriver)
            #expect(program.status == 0 && !program.output.isEmpty, "\(command): \(program.errors)")
        }
    }

    @Test(arguments: ["99", "-1", "99999999999999999999", "no such device"]) func unknownDevice(_ name: String) throws {
        let json = try Program.run("devices", "--json")
        let list = try #require(JSONSerialization.jsonObject(with: Data(json.outputBytes)) as? [[String: Any]])
        let first = try #require(list.first?["name"] as? String)
        expectOneLine(
            try Program.run("run", "-m", Fixtures.model("f32"), "-p", "a", "-dev", name), 4, name, first)
    }

    @Test(arguments: [
        ["devices"], ["--help"], ["inspect", Fixtures.model("f32")],
        ["run", "-m", Fixtures.model("f32"), "-p", "a", "-n", "9"],
    ])
    func fullDisk(_ command: [String]) throws {
        let line = command.map { "'\($0)'" }.joined(separator: " ")
        let program = try Program.shell("exec \"$llamarada\" \(line) >/dev/full")
        guard command != ["--help"] else { return }
        expectOneLine(program, 5, "standard output")
    }

    @Test(arguments: ["devices", "inspect '\(Fixtures.model("f32"))'"]) func readerThatGoesAway(_ command: String)
        throws
    {
        let program = try Program.shell("\"$llamarada\" \(command) | true; exit ${PIPESTATUS[0]}")
        #expect([0, 141].contains(program.status) && program.errors.isEmpty)
    }

    @Test func readerThatGoesAwayWhileTextComes() throws {
        // Without an end, only the broken pipe ends it.
        let program = try Program.shell(
            "\"$llamarada\" run -m '\(Fixtures.model("f32"))' -p a -c 100000 --ignore-eos | head -c 1; exit ${PIPESTATUS[0]}"
        )
        #expect(program.status == 141 && program.outputBytes.count == 1)
        #expect(!program.errors.contains("standard output"))
    }
}
