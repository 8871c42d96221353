import Llamarada
import LlamaradaServerSettings
import LlamaradaTensors

/// `/v1/embeddings`: the mean of the final norm over each text, of length 1.
enum EmbeddingEndpoint {
    static func answer(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let fields = try call.fields()
        let format = try fields.text("encoding_format") ?? "float"
        guard ["float", "base64"].contains(format) else {
            throw APIError.invalid("'encoding_format' must be 'float' or 'base64'.", "encoding_format")
        }
        let dim = model.configuration.dim
        if let wanted = try fields.integer("dimensions", in: 1...Int(Int32.max)), wanted != dim {
            throw APIError.unsupported("dimensions", "'dimensions' must be \(dim), as the model has it.")
        }
        let inputs = try CompletionRequest.prompts(fields, "input", atMost: call.state.settings.limits.choices)
        let prompts = try inputs.map { try PromptText($0, model, "input", echoes: false).tokens }
        let collector = EmbeddingCollector(
            model: call.state.host.name, count: prompts.count, isBase64: format == "base64")
        return try await call.reply(
            prompts, .single, GenerationOptions(maxTokens: 0, embedsPrompt: true), collector)
    }
}
