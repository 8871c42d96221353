import LlamaradaErrors
import LlamaradaText

extension Tokenizer {
    /// Throws where a text of that many bytes can't fit a context: tokenizing 60 MB only to count the tokens took 53 s
    /// and 6.5 GB.
    ///
    /// A text that passes may still turn out too long.
    func checkLength(ofText byteCount: Int, contextLength: Int) throws(GenerationError) {
        guard let largest = largestByteCount(ofTokens: contextLength), byteCount > largest else { return }
        throw GenerationError(
            .textTooLong,
            "The prompt has \(byteCount) bytes, the context holds \(contextLength) tokens: at most \(largest) "
                + "bytes",
            remedy: .either(.longerContext, .shorterPrompt))
    }
}
