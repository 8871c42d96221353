import LlamaradaText
import Testing

/// The tokenizers against ids that Google's sentencepiece and Hugging Face's tokenizers gave.
struct ReferenceTokenizerTests {
    @Test(arguments: TokenizerFixture.names)
    func encodesLikeTheReference(_ name: String) throws {
        let fixture = try TokenizerFixture.load(name)
        let tokenizer = try fixture.tokenizer()
        let samples = try TokenizerFixture.samples()
        let expected = try #require(fixture.ids)
        #expect(samples.count > 40 && samples.count == expected.count)
        for (sample, ids) in zip(samples, expected) {
            let found = tokenizer.encode(sample.bytes, addSpecial: false, parseSpecial: false)
            #expect(found == ids, "\(name), \(sample.name): \(tokenizer.pieces(found)) for \(tokenizer.pieces(ids))")
        }
    }

    @Test(arguments: PreTokenizer.allCases)
    func cutsWordsLikeTheReference(_ preTokenizer: PreTokenizer) throws {
        let expected = try #require(TokenizerFixture.load(preTokenizer.rawValue).words)
        for (sample, lengths) in zip(try TokenizerFixture.samples(), expected) {
            #expect(preTokenizer.words(of: sample.bytes).map(\.count) == lengths, "\(preTokenizer), \(sample.name)")
        }
    }

    @Test(arguments: TokenizerFixture.names)
    func decodesWhatTheReferenceEncodes(_ name: String) throws {
        let fixture = try TokenizerFixture.load(name)
        let tokenizer = try fixture.tokenizer()
        for (sample, ids) in zip(try TokenizerFixture.samples(), fixture.ids ?? []) {
            #expect(tokenizer.decode(ids) == sample.bytes, "\(name), \(sample.name)")
        }
    }
}
