import Glibc
import LlamaradaText
import Testing

/// Long texts cost in proportion to their length. Quadratic time would show as a factor of 100 or more below.
struct LinearTimeTests {
    /// The thread's own time: what else the machine does is no matter.
    private static func seconds(_ tokenizer: Tokenizer, _ text: [UInt8]) -> Double {
        (0..<3).map { _ in
            let start = threadSeconds()
            _ = tokenizer.encode(text, addSpecial: false, parseSpecial: true)
            return threadSeconds() - start
        }.min() ?? 0
    }

    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Ten times the text may take 30 times as long: n·log n and busy caches, but not n².
    private static func expectLinear(_ tokenizer: Tokenizer, _ unit: [UInt8], byteCount: Int) {
        func text(_ count: Int) -> [UInt8] { Array(repeatElement(unit, count: count / unit.count + 1).joined()) }
        let short = seconds(tokenizer, text(byteCount / 10))
        let long = seconds(tokenizer, text(byteCount))
        #expect(long < 30 * short + 0.05, "\(short) s, then \(long) s")
        #expect(long < 5)
    }

    @Test(arguments: TokenizerFixture.names, ["e", " ", "1", "\n", "-", "語", "\u{0}"])
    func oneLetter(_ name: String, _ letter: String) throws {
        Self.expectLinear(try .fixture(name), Array(letter.utf8), byteCount: 100_000)
    }

    @Test(arguments: TokenizerFixture.names)
    func mixedText(_ name: String) throws {
        let unit = try TokenizerFixture.samples().flatMap(\.bytes)
        Self.expectLinear(try .fixture(name), unit, byteCount: 1_000_000)
    }

    @Test func manySpecialPieces() throws {
        var vocabulary = Vocabulary.letters()
        for number in 0..<20_000 { vocabulary.add("<|reserved_\(number)|>", .control) }
        let tokenizer = try Tokenizer(model: .byteLevelBPE(preTokenizer: .gpt2, merges: []), vocabulary: vocabulary)
        Self.expectLinear(tokenizer, Array("<|reserved_19999|><|reserved_x".utf8), byteCount: 300_000)
    }
}
