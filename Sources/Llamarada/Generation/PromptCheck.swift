import LlamaradaErrors
import LlamaradaText

extension [TokenID] {
    /// Throws where a prompt is empty, longer than the context, or has tokens that the model does not know.
    func checkPrompt(_ configuration: ModelConfiguration, contextLength: Int) throws(GenerationError) {
        if isEmpty {
            throw GenerationError(
                .emptyText, "The prompt is empty, and this model adds no token of its own to start from")
        }
        if count > contextLength {
            throw GenerationError(
                .textTooLong, "The prompt has \(count) tokens, the context holds \(contextLength)",
                remedy: .either(.longerContext, .shorterPrompt))
        }
        for token in self where token < 0 || token >= configuration.vocabularySize {
            throw GenerationError(
                .unknownToken,
                "Token \(token) is not in the model's vocabulary of \(configuration.vocabularySize)")
        }
    }
}
