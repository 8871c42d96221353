import Llamarada
import LlamaradaGrammar
import LlamaradaTensors
import LlamaradaText
import TestSupport
import Testing

/// What a mask takes for the vocabularies of real models: docs/constraints.md has the figures.
@Suite(.serialized) struct MaskSpeedTests {
    private static let schema =
        #"{"properties":{"name":{"type":"string","maxLength":40},"age":{"type":"integer","minimum":0,"maximum":150},"#
        + #""tags":{"type":"array","items":{"type":"string"},"maxItems":5},"address":{"type":"object","properties":"#
        + #"{"street":{"type":"string"},"zip":{"type":"string","pattern":"^[0-9]{5}$"}},"required":["street"]},"#
        + #""kind":{"enum":["a","b","c"]},"when":{"type":"string","format":"date-time"}},"required":["name","age","tags"]}"#

    /// At most 0.3 ms for 49,152 tokens and 1 ms for 262,144.
    @Test(arguments: [(DemoModel.path, 0.3), (Gemma.path, 1)] as [(String, Double)])
    func aMaskTakesLittle(_ path: String, _ milliseconds: Double) throws {
        let vocabulary = TokenVocabulary(try Tokenizer(gguf: GGUFFile.open(path: path)))
        for source in [OutputConstraint.Source.jsonObject, .jsonSchema(Self.schema)] {
            let clock = ContinuousClock()
            let masks = TokenMasks(try PushdownAutomaton(source.grammar()), vocabulary)
            let preparation = clock.measure { masks.prepare(for: .seconds(5)) }
            var random = RandomValues(seed: 3)
            var matcher = GrammarMatcher(masks.automaton)
            var times: [Double] = []
            for _ in 0..<1000 {
                var mask: [UInt32] = []
                times.append(try clock.measure { mask = try masks.mask(matcher) } / .milliseconds(1))
                let tokens = (0..<Int32(vocabulary.count)).filter { mask[Int($0) / 32] >> UInt32($0 % 32) & 1 == 1 }
                let token = tokens[Int((random.next() + 1) / 2 * Float(tokens.count - 1))]
                if matcher.isComplete || !matcher.advance(vocabulary.text(of: token)) || matcher.isComplete {
                    matcher = GrammarMatcher(masks.automaton)
                }
            }
            times.sort()
            print(
                "\(vocabulary.count) tokens, \(masks.automaton.stateCount) states: median \(times[500]) ms, "
                    + "99 of 100 \(times[990]) ms, prepared in \(preparation)")
            #expect(times[500] < milliseconds && times[900] < milliseconds)
        }
    }
}
