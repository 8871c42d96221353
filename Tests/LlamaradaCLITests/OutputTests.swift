import Foundation
import Glibc
import Testing

/// Files that commands write take nothing away that is still wanted.
@Suite struct OutputTests {
    private let model = Fixtures.model("q4_0")

    /// Runs `body` in a folder with a copy of a model and a text, and checks that both are as they were.
    private func withInputs(_ body: (_ folder: String, _ model: String, _ text: String) throws -> Void) throws {
        try Fixtures.withTemporaryPath("model.gguf") { copy in
            let folder = URL(filePath: copy).deletingLastPathComponent().path()
            let text = folder + "text.txt"
            let words = String(repeating: "All happy families are alike. ", count: 40)
            try FileManager.default.copyItem(atPath: model, toPath: copy)
            try Data(words.utf8).write(to: URL(filePath: text))
            try body(folder, copy, text)
            #expect(FileManager.default.contentsEqual(atPath: model, andPath: copy))
            #expect(try String(contentsOfFile: text, encoding: .utf8) == words)
        }
    }

    /// Commands that write a file, up to its name; without a driver, so that measuring first would be exit 4.
    private func commands(_ model: String, _ text: String) -> [[String]] {
        [
            ["profile", "-m", model, "-p", "2", "-n", "0", "--trace"],
            ["profile", "-m", model, "-p", "2", "-n", "0", "--html"],
            ["compare", "-m", model, "-f", text, "--html"],
            ["perplexity", "-m", model, "-f", text, "-c", "32", "--kl-divergence-base"],
        ]
    }

    private func expectRefusal(_ command: [String], _ status: Int32, _ words: String) throws {
        let program = try Program.run(command, environment: Program.noDriver)
        #expect(program.status == status && program.output.isEmpty, "\(command): \(program)")
        #expect(program.errors.contains(words), "\(command): \(program.errors)")
        #expect(program.errors.split(separator: "\n").count == 1, "\(program.errors)")
    }

    @Test func inputsAreNeverOutputs() throws {
        try withInputs { folder, model, text in
            symlink("model.gguf", folder + "soft")
            link(model, folder + "hard")
            symlink(text, folder + "softText")
            for command in commands(model, text) {
                for name in ["model.gguf", "soft", "hard"] {
                    try expectRefusal(command + [folder + name, "--force"], 64, "reads")
                }
                guard command.contains(text) else { continue }
                for name in ["text.txt", "softText"] { try expectRefusal(command + [folder + name], 64, "reads") }
            }
            try expectRefusal(
                ["compare", "-m", self.model, "--against", model, "-p", "a", "--html", model], 64, "reads")
        }
    }

    @Test func otherModelsAreReplacedOnlyByForce() throws {
        try withInputs { folder, model, text in
            let other = folder + "other.gguf"
            try FileManager.default.copyItem(atPath: model, toPath: other)
            for command in commands(model, text) {
                try expectRefusal(command + [other], 64, "--force")
                try expectRefusal(command + [other, "--force"], 4, "driver")
            }
            #expect(FileManager.default.contentsEqual(atPath: model, andPath: other))
            // synth replaces nothing that holds anything.
            for name in ["other.gguf", "text.txt"] {
                try expectRefusal(["synth", "--size", "tiny", "--type", "q4_0", folder + name], 64, "--force")
            }
            try Data().write(to: URL(filePath: folder + "empty"))
            symlink("other.gguf", folder + "link")
            for arguments in [["link", "--force"], ["empty"]] {
                let program = try Program.run(
                    ["synth", "--size", "tiny", "--type", "q4_0", folder + arguments[0]] + arguments.dropFirst())
                #expect(program.status == 0, "\(program.errors)")
            }
            #expect(FileManager.default.contentsEqual(atPath: folder + "empty", andPath: other))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "link") == "other.gguf")
        }
    }

    @Test func twoOutputsAreTwoFiles() throws {
        try withInputs { folder, model, text in
            symlink("page", folder + "link")
            try expectRefusal(
                ["profile", "-m", model, "--trace", folder + "page", "--html", folder + "link"], 64, "writes")
            let program = try Program.shell(
                "exec \"$llamarada\" profile -m '\(model)' --trace '\(folder)page' >'\(folder)page'")
            #expect(program.status == 64 && program.errors.contains("standard output"))
        }
    }

    /// An hour of measuring must not end in a folder that never was there.
    @Test func outputsAreOpenedBeforeMeasuring() throws {
        try withInputs { folder, model, text in
            for command in commands(model, text) {
                try expectRefusal(command + ["/nonexistent/x"], 5, "/nonexistent/x")
                try expectRefusal(command + [folder], 5, "directory")
                try expectRefusal(command + [""], 64, "name")
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(Set(names) == ["model.gguf", "text.txt"])
        }
    }

    @Test func streamsAreWrittenInPlace() throws {
        try withInputs { folder, model, text in
            let perplexity = "perplexity -m '\(model)' -f '\(text)' -c 32 --backend cpu --json --kl-divergence-base"
            // A file that standard output was redirected to is written on, not replaced.
            let file = try Program.shell(
                "exec >'\(folder)out'; echo first; \"$llamarada\" \(perplexity) /dev/stdout; echo last")
            #expect(file.status == 0, "\(file.errors)")
            let bytes = try Data(contentsOf: URL(filePath: folder + "out"))
            #expect(bytes.starts(with: Data("first\n_logits_".utf8)) && bytes.suffix(7) == Data("}\nlast\n".utf8))
            let pipe = try Program.shell(
                "mkfifo '\(folder)pipe'; cat '\(folder)pipe' & \"$llamarada\" \(perplexity) '\(folder)pipe' >&2; wait")
            #expect(pipe.outputBytes.starts(with: "_logits_".utf8))
            let full = try Program.shell("exec \"$llamarada\" \(perplexity) /dev/full")
            #expect(full.status == 5 && full.errors.contains("/dev/full"))
            var status = stat()
            #expect(lstat("/dev/full", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        }
    }

    /// Limits of the shell and readers that go away leave no half file.
    @Test func failuresLeaveNothing() throws {
        try withInputs { folder, model, text in
            let limited = try Program.shell(
                "ulimit -f 100; exec \"$llamarada\" synth --size tiny --type q4_0 '\(folder)made'")
            #expect(limited.status == 5 && limited.errors.contains("too large"), "\(limited)")
            let perplexity = "perplexity -m '\(model)' -f '\(text)' -c 32 --backend cpu --kl-divergence-base"
            let unread = try Program.shell(
                "{ sleep 0.2; \"$llamarada\" \(perplexity) '\(folder)made'; exit $?; } | true; exit ${PIPESTATUS[0]}")
            #expect(unread.status == 141 && unread.errors.isEmpty, "\(unread)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(Set(names) == ["model.gguf", "text.txt"])
        }
    }

    /// What was measured is printed though the file that should hold it too can't be.
    @Test func aFileThatFailsLateLeavesThePrintedResult() throws {
        let program = try Program.shell(
            "exec \"$llamarada\" profile -m '\(model)' -p 2 -n 0 --no-overhead --json --trace /dev/full")
        #expect(program.status == 5 && program.errors.contains("/dev/full"))
        #expect((try? JSONSerialization.jsonObject(with: Data(program.outputBytes))) != nil)
    }
}
