import Llamarada
package import LlamaradaText

/// Tokens to measure speed with, where no text is at hand: the same ones every time.
package enum SyntheticTokens {
    /// `count` tokens of a vocabulary; the first `count` of any longer list.
    package static func list(_ count: Int, vocabularySize: Int) -> [TokenID] {
        var source = RandomSource(seed: 1)
        return (0..<count).map { _ in TokenID(source.next() % UInt64(max(1, vocabularySize))) }
    }
}
