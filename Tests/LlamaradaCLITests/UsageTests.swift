import Testing

/// Wrong arguments: exit status 64, the argument named, nothing on stdout.
@Suite struct UsageTests {
    private static let run = ["run", "-m", Fixtures.model("f32")]

    private static let wrong: [(arguments: [String], named: String)] = [
        (["bogus"], "bogus"),
        (["run"], "--model"),
        (["inspect"], "<file>"),
        (["inspect", "a", "b"], "b"),
        (["inspect", "a", "-m", "b"], "-m"),
        (["help", "nosuch"], "nosuch"),
        (["help", "run", "nosuch"], "nosuch"),
        (["tokenize", "-m", "x", "-p", "a", "-f", "b"], "-f"),
        (run + ["-p", "a", "-dev", ""], "-dev"),
        (run + ["-p", "a", "--temp", "inf"], "--temp must be a finite number"),
        (["compare", "-m", "x", "-p", "a", "-dev", ""], "-dev"),
        (["bench", "-m", "x", "-dev", ""], "-dev"),
        (["compare", "-m", "x", "-p", "a", "-n", "-1"], "-n must be from 1"),
        (["compare", "-m", "x", "-p", "a", "-ub", "-1"], "-ub must be from 1"),
        (["compare", "-m", "x", "-p", "a", "-t", "-1"], "-t must be from 1"),
        (["compare", "-m", "x", "-p", "a", "--decode", "-1"], "--decode must be 0 or more"),
        (["compare", "-m", "x", "-p", "a", "--against", "y", "--tolerance", "-1"], "--tolerance must be 0 or more"),
        (["compare", "-m", "x", "-p", "a", "--against", "y", "--max-kl", "-1"], "--max-kl must be 0 or more"),
        (["synth", "--size", "tiny", "--type", "F32", "-s", "-1", "x"], "from 0 to 18446744073709551615"),
        (["synth", "--size", "tiny", "--type", "F32", ""], "name"),
        (["devices", "extra"], "extra"),
        (["tokenize", "-m", "x"], "--ids"),
        (["tokenize", "-m", "x", "-p", "a", "--ids", "1"], "--ids"),
        (["tokenize", "-m", "x", "--ids", "1,two"], "two"),
        (["tokenize", "-m", "x", "--ids", "99999999999"], "99999999999"),
        (["tokenize", "-m", Fixtures.model("f32"), "--ids", "397"], "397"),
        (["tokenize", "-m", Fixtures.model("f32"), "--ids", "-1"], "-1"),
        (run, "-p"),
        (run + ["-p"], "-p"),
        (run + ["-p", "a", "-f", "b"], "-f"),
        (run + ["-p", "a", "--unknown"], "--unknown"),
        (run + ["-p", "a", "-x"], "-x"),
        (run + ["-p", "a", "--json"], "--json"),
        (run + ["-p", "a", "stray"], "stray"),
        (run + ["-p", "a", "--backend", "cuda"], "cuda"),
        (run + ["-p", "a", "-ctk", "q4_0"], "q4_0"),
        (run + ["-p", "a", "-ctv", "F16"], "F16"),
        (run + ["-p", "a", "--samplers", "top_k;infill"], "typ_p, top_p"),
        (run + ["-p", "a", "--samplers", "top_k;top_k"], "top_k twice"),
        (run + ["-p", "a", "--sampling-seq", "kq"], "edskypmxt"),
        (run + ["-p", "a", "--sampling-seq", "k", "--samplers", "top_k"], "--sampling-seq"),
        (run + ["-p", "a", "--dry-sequence-breaker", ""], "--dry-sequence-breaker"),
        (run + ["-p", "a", "--logit-bias", "5"], "15043-1"), (run + ["-p", "a", "-l", "5+x"], "15043-1"),
        (run + ["-p", "a", "-l", "x+1"], "15043-1"), (run + ["-p", "a", "-l", "5+nan"], "15043-1"),
    ]

    @Test(arguments: wrong.indices) func namesWhatIsWrong(_ index: Int) throws {
        let (arguments, named) = Self.wrong[index]
        let program = try Program.run(arguments)
        #expect(program.status == 64 && program.output.isEmpty, "\(arguments)")
        #expect(program.errors.contains(named), "\(arguments): \(program.errors)")
    }

    private static let notNumbers = ["", "x", "nan", "1e3", "0x10", "99999999999999999999", "-99999999999999999999"]

    @Test(arguments: [
        ("-n", ["-2"]), ("-c", ["-1", "16777217"]), ("-b", ["0", "-1", "16777217"]), ("-ub", ["0", "-1", "16777217"]),
        ("-t", ["0", "-1", "1025"]), ("-ngl", ["-1", "16777217"]), ("-s", ["-2"]), ("--top-k", ["-1"]),
        ("--repeat-last-n", ["-2"]), ("--dry-allowed-length", ["-1"]), ("--dry-penalty-last-n", ["-2"]),
        ("--mirostat", ["-1", "3"]), ("--lookup", ["-1", "32"]),
    ]) func refusesIntegers(_ option: String, _ outOfRange: [String]) throws {
        for value in outOfRange + Self.notNumbers {
            let program = try Program.run(Self.run + ["-p", "a", option, value])
            #expect(program.status == 64 && program.output.isEmpty, "\(option) \(value)")
            #expect(program.errors.contains(option) || program.errors.contains("--seed"), "\(program.errors)")
        }
    }

    @Test(arguments: [
        ("--temp", ["-1", "-0.1"]), ("--top-p", ["-0.1", "1.1"]), ("--min-p", ["-0.1", "1.1"]),
        ("--repeat-penalty", ["0", "-1"]), ("--presence-penalty", []), ("--frequency-penalty", []),
        ("--typical", ["-0.1", "1.1"]), ("--top-nsigma", []), ("--xtc-probability", ["-0.1", "1.1"]),
        ("--xtc-threshold", ["-0.1", "1.1"]), ("--dynatemp-range", ["-1"]), ("--dynatemp-exp", ["-1"]),
        ("--mirostat-ent", ["-1"]), ("--mirostat-lr", ["-1"]), ("--dry-multiplier", ["-1"]),
        ("--dry-base", ["0.5", "-1"]),
    ]) func refusesNumbers(_ option: String, _ outOfRange: [String]) throws {
        for value in outOfRange + ["", "x", "nan", "inf", "-inf", "1e99"] {
            let program = try Program.run(Self.run + ["-p", "a", option, value])
            #expect(program.status == 64 && program.output.isEmpty, "\(option) \(value)")
            #expect(program.errors.contains(option), "\(program.errors)")
        }
    }

    /// Also where one is the short and one the long name.
    @Test(arguments: HelpTests.commands) func refusesEveryOptionThatIsGivenTwice(_ command: String) throws {
        for option in try Option.all(of: command) where option.takesValue && !option.isRepeating {
            for (first, second) in zip(option.names, option.names.reversed()) {
                for arguments in [[first, "1", second, "1"], [first, "1", "\(second)=1"]] {
                    let program = try Program.run([command] + arguments)
                    // A value that may be missing can't be told from the next option.
                    guard first != "--isa" else { continue }
                    #expect(program.status == 64 && program.output.isEmpty)
                    #expect(program.errors.hasPrefix("\(second) is given twice"), "\(arguments): \(program.errors)")
                }
            }
        }
    }
}
