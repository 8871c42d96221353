import Foundation
import Testing

/// Conversations through pipes.
@Suite final class ChatTests {
    /// ChatML, which the tiny models' special tokens are those of.
    static let template = """
        {% if messages[-1].content == 'refused' %}{{ raise_exception('Not this.') }}{% endif %}{% for m in messages %}\
        <|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant{{ '\n' }}
        """

    /// Where the program runs, and what it writes lies.
    private let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-\(UUID())")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(Array(Self.template.utf8), to: "chatml.jinja")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: folder.appending(path: name))
    }

    private func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Runs `llamarada chat` with a tiny model; `arguments` are as in a shell.
    private func chat(
        _ input: [UInt8], _ arguments: String = "", command: String = "chat", sampling: String = "--temp 0 -n 6"
    ) throws -> Program {
        try write(input, to: "input")
        return try Program.shell(
            "cd '\(folder.path())'; \"$llamarada\" \(command) -m '\(Fixtures.model("q8_0"))' "
                + "--chat-template-file chatml.jinja \(sampling) \(arguments) < input")
    }

    private func chat(
        _ input: String, _ arguments: String = "", command: String = "chat", sampling: String = "--temp 0 -n 6"
    ) throws -> Program {
        try chat(Array(input.utf8), arguments, command: command, sampling: sampling)
    }

    /// Prompt, reused, computed and decoded tokens of each turn that was reported.
    private static func turns(_ program: Program) -> [[Int]] {
        let turn =
            #/prompt (\d+) tokens: (\d+) reused, (\d+) computed \d+\.\d\d tokens/s, decode (\d+) tokens \d+\.\d\d tokens/s(?: \(stopped.*\))?/#
        return program.errors.split(separator: "\n").compactMap { try? turn.wholeMatch(in: $0) }.map { match in
            [match.1, match.2, match.3, match.4].compactMap { Int($0) }
        }
    }

    /// Answers alone go to stdout, and each turn computes what is new in it.
    @Test func turns() throws {
        let program = try chat("one\ntwo\n\nthree\n")
        #expect(program.status == 0 && !program.output.contains(">"))
        let turns = Self.turns(program)
        #expect(turns.count == 3 && turns[0][1] == 0)
        for (before, turn) in zip(turns, turns.dropFirst()) {
            #expect(turn[1] == before[0] + before[3] && turn[0] == turn[1] + turn[2])
        }
        #expect(program.errors.split(separator: "\n").count == 3)
        #expect(try chat("one\ntwo\nthree").outputBytes == program.outputBytes)
    }

    @Test func theSameAsRunOnTheRenderedText() throws {
        let plain = try Program.run(
            "run", "-m", Fixtures.model("q8_0"), "--special", "-p",
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n",
            "--temp",
            "0", "-n", "6")
        let program = try chat("Hello", "-sys 'Be kind.'")
        #expect(program.output == plain.output + "\n" && plain.status == 0)
        #expect(try chat("/system Be kind.\nHello\n").output == program.output)
        #expect(try chat("Hello").output != program.output)
    }

    /// `run -cnv` is the same, a text the first message, and -st ends behind one answer.
    @Test func otherWaysToBegin() throws {
        let three = try chat("one\ntwo\n")
        #expect(try chat("two\n", "-p one").outputBytes == three.outputBytes)
        #expect(try chat("two\n", "-p one -cnv", command: "run").outputBytes == three.outputBytes)
        let one = try chat("one\n")
        #expect(try chat("one\ntwo\n", "-st").outputBytes == one.outputBytes)
        #expect(try chat("two\n", "-p one --single-turn").outputBytes == one.outputBytes)
        #expect(try chat("one\n", "-f -").outputBytes == one.outputBytes)
    }

    @Test func stopStringsEndAnswers() throws {
        let whole = try chat("one", sampling: "--temp 0 -n 12").output
        let stop = String(whole.dropFirst(2).prefix(2))
        let program = try chat("one", "-r '\(stop)' -r nowhere", sampling: "--temp 0 -n 12")
        #expect(program.status == 0 && program.output.count <= 3 && whole.hasPrefix(program.output.dropLast()))
        let run = try Program.run("run", "-m", Fixtures.model("q8_0"), "-p", "Hello", "-n", "12", "--temp", "0")
        let stopped = try Program.run(
            "run", "-m", Fixtures.model("q8_0"), "-p", "Hello", "-n", "12", "--temp", "0", "-r",
            String(run.output.dropFirst(2).prefix(2)))
        #expect(stopped.status == 0 && run.output.hasPrefix(stopped.output) && stopped.output.count <= 2)
    }

    /// Each answer begins the grammar anew.
    @Test func answersFollowAGrammar() throws {
        let program = try chat(
            "one\ntwo\n/regenerate\n", "--grammar 'root ::= [0-9]{3} \".\"'", sampling: "--temp 1.5 -s 3 -n 12")
        let answers = program.output.split(separator: "\n")
        #expect(program.status == 0 && answers.count == 3, "\(program)")
        for answer in answers { #expect(answer.wholeMatch(of: /[0-9]{3}\./) != nil) }
    }

    /// Seeds go on from answer to answer, so that another answer is another one.
    @Test func anotherAnswerIsAnother() throws {
        let program = try chat("one\n/regenerate\n", sampling: "--temp 2 -s 5 -n 12")
        let again = try chat("one\n/regenerate\n", sampling: "--temp 2 -s 5 -n 12")
        #expect(program.outputBytes == again.outputBytes && Self.turns(program).map { $0[2] }.last == 1)
        let once = try chat("one\n", sampling: "--temp 2 -s 5 -n 12").output
        #expect(program.output.hasPrefix(once) && program.output.dropFirst(once.count) != once)
    }

    @Test func savingAndLoading() throws {
        let first = try chat("/system Be kind.\none\n/save a.json\ntwo\n")
        #expect(first.status == 0 && first.errors.contains("2 messages are in a.json."))
        let text = try read("a.json")
        #expect(
            text.hasPrefix(
                "{\"messages\": [\n{\"role\":\"system\",\"content\":\"Be kind.\"},\n{\"role\":\"user\",\"content\":\"one\"},"
            ))
        let second = try chat("/load a.json\ntwo\n/save a.json\n")
        #expect(second.status == 0 && second.errors.hasPrefix("2 messages are here again.\n"))
        #expect(try read("a.json").contains("\"two\""))
        let cleared = try chat("one\n/clear\ntwo\n")
        let two = try chat("two\n").output
        #expect(cleared.output.hasSuffix(two))
    }

    /// What cannot be saved or loaded is said, and costs nothing.
    @Test(arguments: [
        ("/load nowhere.json", 5, "nowhere.json"), ("/load chatml.jinja", 5, "chatml.jinja: byte 1: expected a text"),
        ("/load", 64, "needs a name"), ("/save", 64, "needs a name"), ("/save nowhere/x.json", 5, "nowhere/x.json"),
        ("/bogus", 64, "'/bogus'"), ("/", 64, "'/'"), ("/save model.gguf", 64, "a model lies there already"),
        ("refused", 64, "refuses the conversation: Not this"),
    ]) func commandsThatFail(_ line: String, _ status: Int, _ words: String) throws {
        try write(Array(Data(contentsOf: URL(filePath: Fixtures.model("f32")))), to: "model.gguf")
        let program = try chat(line + "\none\n")
        #expect(Int(program.status) == status && program.output.isEmpty)
        #expect(program.errors.contains(words) && program.errors.split(separator: "\n").count == 1, "\(program.errors)")
    }

    @Test func help() throws {
        let program = try chat("/help\n/system\n/regenerate\n/exit\none\n")
        #expect(program.status == 0 && program.output.isEmpty)
        for name in ["help", "clear", "system", "regenerate", "save", "load", "exit"] {
            #expect(program.errors.contains("\n/\(name) ") || program.errors.hasPrefix("/\(name) "))
        }
        #expect(program.errors.contains("There is no system message.\nThere is nothing to answer yet.\n"))
    }

    @Test func aFullContextForgets() throws {
        let lines = (0..<12).map { "This is turn number \($0) of all of them\n" }.joined()
        let program = try chat(lines, "-c 160 -sys 'Be kind.'")
        #expect(program.status == 0)
        #expect(
            program.errors.contains(
                #/The context is full: the oldest (turn is|\d+ turns are) not shown to the model any more; the system message is\./#
            )
        )
        #expect(Self.turns(program).count == 12 && Self.turns(program).allSatisfy { $0[0] <= 160 })
        let long = try chat("one\n" + String(repeating: "word ", count: 300) + "\ntwo\n", "-c 160")
        #expect(long.status == 64 && long.errors.contains("the context holds 160"))
    }

    /// Bytes that are no text, no line and no message.
    @Test(
        arguments: [
            [0xFF, 0xFE, 0x0A], [0x00], [0x0A, 0x0A], [0x1B, 0x5B, 0x41, 0x0D, 0x0A], [0xC3], [0xED, 0xA0, 0x80],
        ] as [[UInt8]])
    func oddBytes(_ bytes: [UInt8]) throws {
        let program = try chat(bytes + Array("\nHello \\\r\nthere\r\n".utf8))
        #expect(program.status == 0, "\(program.errors)")
        #expect(Self.turns(program).count == (bytes == [0x0A, 0x0A] ? 1 : 2))
    }

    @Test func endlessLines() throws {
        let program = try Program.shell(
            "head -c 40000000 /dev/zero | \"$llamarada\" chat -m '\(Fixtures.model("q8_0"))' --chat-template-file "
                + "'\(folder.path())/chatml.jinja'")
        #expect(program.status == 5 && program.errors.contains("longer than 16777216 bytes"), "\(program.errors)")
        let closed = try Program.shell(
            "\"$llamarada\" chat -m '\(Fixtures.model("q8_0"))' --chat-template-file '\(folder.path())/chatml.jinja' <&-"
        )
        #expect(closed.status == 5 && closed.output.isEmpty && closed.errors.contains("standard input"))
    }

    /// Before any weight is read.
    @Test func modelsWithoutATemplate() throws {
        let program = try Program.run("chat", "-m", Fixtures.model("f32"), "-p", "Hello", environment: Program.noDriver)
        #expect(program.status == 64 && program.output.isEmpty)
        #expect(
            program.errors.hasPrefix("The model carries no chat template")
                && program.errors.contains("--chat-template-file"))
    }

    @Test func templatesThatAreNone() throws {
        try write(Array("{% if %}".utf8), to: "chatml.jinja")
        let broken = try chat("one")
        #expect(broken.status == 64 && broken.errors.hasPrefix("chatml.jinja: the chat template, line 1, fails"))
        try write(
            Array("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}".utf8),
            to: "chatml.jinja")
        let endless = try chat("one")
        #expect(endless.status == 3 && endless.output.isEmpty)
        try FileManager.default.removeItem(at: folder.appending(path: "chatml.jinja"))
        #expect(try chat("one").status == 5)
    }

    @Test(arguments: [
        ("run -p a -sys b", "-sys is for conversations"), ("run -p a -st", "-st is for conversations"),
        ("run -cnv -np 2", "-np"), ("run -cnv --special", "--special"), ("run", "-p"), ("chat -r ''", "-r needs"),
        ("run -p a --chat-template-file x", "--chat-template-file is for"), ("chat -p a -f b", "-f"),
    ]) func wrongArguments(_ line: String, _ words: String) throws {
        let program = try Program.shell("\"$llamarada\" \(line) -m '\(Fixtures.model("f32"))'")
        #expect(program.status == 64 && program.output.isEmpty && program.errors.contains(words), "\(program.errors)")
    }

    @Test func demoModel() throws {
        func chat(_ input: String) throws -> Program {
            try write(Array(input.utf8), to: "input")
            return try Program.shell(
                "cd '\(folder.path())'; \"$llamarada\" chat -m '\(Fixtures.demoModel)' --temp 0 -n 24 "
                    + "-sys 'Answer in a few words.' < input")
        }
        let program = try chat("What is the capital of France?\n/save a.json\nAnd of Spain?\n")
        #expect(program.output == "The capital of France is Paris.\nThe capital of Spain is Madrid.\n")
        #expect(Self.turns(program).map { $0[1] } == [0, 34])
        let later = try chat("/load a.json\nAnd of Spain?\n")
        #expect(later.output == "The capital of Spain is Madrid.\n")
        #expect(Self.turns(later).map { $0[0] } == Self.turns(program).suffix(1).map { $0[0] })
    }
}
