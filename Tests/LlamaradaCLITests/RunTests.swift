import Foundation
import Testing

@Suite struct RunTests {
    private func run(_ arguments: String..., model: String = "f32") throws -> Program {
        let program = try Program.run(["run", "-m", Fixtures.model(model)] + arguments)
        #expect(program.status == 0, "\(arguments): \(program.errors)")
        return program
    }

    private var report: Regex<(Substring, Substring, Substring, Substring?)> {
        #/load \d+\.\d\d s, prompt (\d+) tokens \d+\.\d\d tokens\/s, decode (\d+) tokens \d+\.\d\d tokens\/s( \(stopped: the context is full; see -c\))?\n/#
    }

    /// The greedy text that Hugging Face gives, on both backends.
    @Test(arguments: ModelFixture.names, ["vulkan", "cpu"]) func greedyText(_ name: String, _ backend: String) throws {
        let fixture = try ModelFixture.load(name)
        let program = try run(
            "-p", fixture.prompt, "-n", "32", "--temp", "0", "--ignore-eos", "--backend", backend, "-ctk", "f32",
            "-ctv",
            "f32", model: name)
        #expect(program.output == fixture.greedy.text)
        let report = try #require(program.errors.wholeMatch(of: self.report), "\(program.errors)")
        #expect(report.1 == "\(fixture.tokens.count)" && report.2 == "31" && report.3 == nil)
    }

    @Test func demoText() throws {
        let program = try Program.run(
            "run", "-m", Fixtures.demoModel, "-p", "The capital of France is", "-n", "64", "--temp", "0")
        #expect(program.status == 0)
        #expect(program.output == " Paris.\n\nThe answer is: 2018-01-22 12:12:53.")
    }

    /// Drafts show in the closing line, and nowhere else.
    @Test func draftsChangeNoText() throws {
        let text = "one two three four five six seven one two three four five six seven one two three"
        func run(_ lookup: String) throws -> Program {
            try Program.run(
                "run", "-m", Fixtures.demoModel, "-p", text, "-n", "40", "--temp", "0", "--ignore-eos", "--lookup",
                lookup)
        }
        let (plain, drafted) = (try run("0"), try run("7"))
        #expect(plain.status == 0 && drafted.status == 0 && plain.output.contains("six seven"))
        #expect(drafted.outputBytes == plain.outputBytes)
        #expect(plain.errors.wholeMatch(of: report) != nil)
        #expect(drafted.errors.contains(#/tokens\/s, accepted [1-9]\d* of [1-9]\d* drafted tokens\n/#))
    }

    @Test(arguments: ["vulkan", "cpu"]) func sameSeedSameBytes(_ backend: String) throws {
        func text(_ seed: String) throws -> [UInt8] {
            try run("-p", "a", "-n", "24", "-s", seed, "--backend", backend).outputBytes
        }
        let first = try text("7")
        #expect(!first.isEmpty)
        #expect(try text("7") == first && text("8") != first)
        #expect(try text("-1") != text("-1"))
    }

    @Test func noTokensAndOneToken() throws {
        let none = try run("-p", "a", "-n", "0")
        #expect(none.output.isEmpty && none.errors.wholeMatch(of: report)?.2 == "0")
        let one = try run("-p", "Hello", "-n", "1", "--temp", "0")
        #expect(one.output == "9" && one.errors.wholeMatch(of: report)?.2 == "0")
    }

    @Test func promptLongerThanTheContext() throws {
        let program = try Program.run("run", "-m", Fixtures.model("f32"), "-p", "Hello Hello", "-c", "4")
        #expect(program.status == 64 && program.output.isEmpty)
        let line = #/The prompt has \d+ tokens, the context holds 4\. .*-c.*\n/#
        #expect(program.errors.wholeMatch(of: line) != nil, "\(program.errors)")
    }

    /// The last token needs no place in the cache: it is never computed with.
    @Test func fullContextIsTheStatedReason() throws {
        let program = try run("-p", "Hello", "-c", "20", "--temp", "0", "--ignore-eos")
        let report = try #require(program.errors.wholeMatch(of: self.report), "\(program.errors)")
        #expect(report.1 == "6" && report.2 == "14" && report.3 != nil)
    }

    @Test func contextOfTheModel() throws {
        // 256 tokens were trained.
        let program = try run("-p", "Hello", "-c", "0", "--temp", "0", "--ignore-eos")
        #expect(program.errors.wholeMatch(of: report)?.2 == "250")
    }

    @Test func longerContextThanTrainedWarns() throws {
        let program = try run("-p", "a", "-n", "1", "-c", "300")
        #expect(program.errors.contains(#/^warning: -c 300 is more than the 256 tokens/#))
        let cpu = try run("-p", "a", "-n", "1", "-c", "300", "--backend", "cpu")
        #expect(cpu.errors.contains("warning: -c 300"))
    }

    @Test func specialTokens() throws {
        // The model's fixture has a control token `<|im_start|>`.
        let plain = try run("-p", "<|im_start|>", "-n", "1", model: "mixed")
        let special = try run("-p", "<|im_start|>", "-n", "1", "--special", model: "mixed")
        #expect(special.errors.wholeMatch(of: report)?.1 == "1")
        #expect(plain.errors.wholeMatch(of: report)?.1 != "1")
    }

    @Test func emptyPrompt() throws {
        // With BOS there is something to start from.
        #expect(try !run("-p", "", "-n", "9").outputBytes.isEmpty)
        let program = try Program.run("run", "-m", Fixtures.demoModel, "-p", "", "-n", "9")
        #expect(program.status == 64 && program.errors.contains("empty"))
    }

    @Test func textFromAFile() throws {
        let direct = try run("-p", "Hello\nthere", "-n", "9", "--temp", "0")
        try Fixtures.withTemporaryPath("prompt.txt") { path in
            try Data("Hello\nthere\n".utf8).write(to: URL(filePath: path))
            let file = try run("-f", path, "-n", "9", "--temp", "0")
            #expect(file.outputBytes == direct.outputBytes)
        }
        let pipe = try Program.shell(
            "printf 'Hello\\nthere' | \"$llamarada\" run -m '\(Fixtures.model("f32"))' -f /dev/stdin -n 9 --temp 0")
        #expect(pipe.outputBytes == direct.outputBytes)
    }

    @Test func promptsThatBeginWithADash() throws {
        #expect(try !run("-p", "-n", "-n", "3").errors.isEmpty)
    }

    /// Every option under each of its names.
    @Test func shortAndLongNames() throws {
        let short = try run(
            "-p", "Hello", "-n", "12", "-s", "3", "-c", "100", "-b", "64", "-ub", "4", "-t", "1", "-ctk", "f32", "-ctv",
            "f16", "-dev", "0")
        let long = try run(
            "--prompt", "Hello", "--predict", "12", "--seed", "3", "--ctx-size", "100", "--batch-size", "64",
            "--ubatch-size", "4", "--threads", "1", "--cache-type-k", "f32", "--cache-type-v", "f16", "--device", "0")
        let joined = try run(
            "--prompt=Hello", "--predict=12", "--seed=3", "--ctx-size=100", "-ub=4", "-ctk=f32", "--device=llvm")
        #expect(short.outputBytes == long.outputBytes && !short.outputBytes.isEmpty)
        #expect(joined.outputBytes == short.outputBytes)
        let model = try Program.run(
            "run", "--model", Fixtures.model("f32"), "-p", "Hello", "-n", "2", "--temp", "0.5", "--top-k", "3",
            "--top-p",
            "0.5", "--min-p", "0.1", "--repeat-penalty", "1.1", "--repeat-last-n", "-1")
        #expect(model.status == 0)
    }

    /// A pass of 1, 4 or all tokens of the prompt computes the same.
    @Test(arguments: ["vulkan", "cpu"]) func chunksOfThePrompt(_ backend: String) throws {
        let texts = try ["1", "4", "512"].map {
            try run("-p", "Hello world", "-n", "9", "--temp", "0", "-ub", $0, "--backend", backend).outputBytes
        }
        #expect(Set(texts).count == 1)
    }

    /// Where a person sees both on one terminal or in one file, the report has a line of its own.
    @Test func sharedOutput() throws {
        let program = try Program.shell(
            "\"$llamarada\" run -m '\(Fixtures.model("f32"))' -p Hello -n 1 --temp 0 2>&1")
        #expect(program.output.hasPrefix("9\nload "))
    }
}
