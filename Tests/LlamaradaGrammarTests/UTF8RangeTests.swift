import LlamaradaGrammar
import Testing

/// Classes of characters take exactly their characters' bytes.
@Suite struct UTF8RangeTests {
    @Test(
        arguments: [
            0...0x7F, 0x61...0x61, 0x7F...0x80, 0x80...0x7FF, 0x7FE...0x801, 0xA0...0x3042, 0xD7FF...0xE000,
            0xFFFF...0x10000, 0x1F300...0x1FAFF, 0...0x10FFFF, 0x10FFFF...0x10FFFF, 0x3FF...0x1003,
        ] as [ClosedRange<UInt32>])
    func rangesAreExact(_ range: ClosedRange<UInt32>) throws {
        var grammar = Grammar()
        grammar.root = try grammar.declare("root")
        grammar.define(grammar.root, try grammar.scalars(ScalarSet([range])))
        let start = GrammarMatcher(try PushdownAutomaton(grammar))
        let near = [range.lowerBound, range.upperBound, 0x7F, 0x7FF, 0xFFFF, 0xD800, 0x3042, 0x1F600, 0x10FFFF]
            .flatMap { Int64($0) - 70...Int64($0) + 70 }
        for value in Set(near) where value >= 0 {
            guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else { continue }
            var matcher = start
            let isIn = matcher.advance(String(scalar).utf8) && matcher.canEnd
            #expect(isIn == range.contains(scalar.value), "\(scalar.value) in \(range)")
        }
        var matcher = start
        for bytes in [[0xED, 0xA0, 0x80], [0xC0, 0x80], [0xFF]] as [[UInt8]] {
            let isTaken = matcher.advance(bytes)
            #expect(!isTaken)
        }
    }
}
