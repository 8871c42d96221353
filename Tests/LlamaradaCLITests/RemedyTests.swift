import Testing

/// What the program says to do is spelled in its own flags and commands.
@Suite struct RemedyTests {
    private static let model = Fixtures.model("f32")

    private func errors(_ arguments: String...) throws -> String { try Program.run(arguments).errors }

    @Test func textsThatDoNotFit() throws {
        #expect(
            try errors("run", "-m", Self.model, "-p", "a b c d e f g h", "-c", "4", "--backend", "cpu").hasSuffix(
                " tokens, the context holds 4. Use a longer context (-c) or a shorter prompt.\n"))
        #expect(
            try errors("perplexity", "-m", Self.model, "-f", "/dev/null", "-c", "64", "--backend", "cpu").hasSuffix(
                "; one chunk needs 64. Use a longer text or a smaller -c.\n"))
    }

    @Test func limits() throws {
        let program = try Program.shell("ulimit -n 6; exec \"$llamarada\" run -m '\(Self.model)' -p a -n 1")
        #expect(program.errors.hasSuffix("could be opened. Raise the limit on open files (ulimit -n).\n"))
        let stack = try Program.shell("ulimit -s 128; exec \"$llamarada\" devices")
        #expect(stack.errors.hasSuffix(" Raise the limit on the stack (ulimit -s), or use --backend cpu.\n"))
    }
}
