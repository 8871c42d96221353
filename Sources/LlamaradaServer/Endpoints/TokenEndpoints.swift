import Llamarada
import LlamaradaChat
import LlamaradaTensors
import LlamaradaText

/// Text to tokens and back, as llama.cpp's server and lm-evaluation-harness ask for it.
enum TokenEndpoints {
    /// `/tokenize`: of `content` as llama.cpp calls it, or of `prompt` as vLLM does.
    static func tokenize(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let fields = try call.fields()
        // Both are read, so that neither is wrong without a word.
        let (content, prompt) = (try fields.text("content"), try fields.text("prompt"))
        let isVLLM = content == nil
        let name = isVLLM ? "prompt" : "content"
        let withPieces = try fields.flag("with_pieces")
        let parsesSpecial = try fields.flag("parse_special", default: true)
        // Each adds what the other does not.
        let addsSpecial = try fields.flag(
            "add_special_tokens", default: fields.flag("add_special", default: isVLLM))
        if fields["messages"] != nil {
            let text = try ChatEndpoint.text(of: Conversation(fields), call)
            try checkLength(text, "messages")
            return tokens(try call.state.host.chatFormat().tokens(of: text), model, isVLLM: true)
        }
        guard let text = content ?? prompt else { throw APIError.invalid("'\(name)' is missing.", name) }
        try checkLength(text, name)
        let tokens = model.tokenizer.encode(text, addSpecial: addsSpecial, parseSpecial: parsesSpecial)
        if withPieces {
            let texts = TokenText(model.tokenizer)
            return Reply(
                .object([
                    .init(
                        "tokens",
                        .array(
                            tokens.map { token in
                                let bytes = model.tokenizer.bytes(of: token, showSpecial: true)
                                let text = String(validating: bytes, as: UTF8.self).map(JSONValue.string)
                                return .object([
                                    .init("id", .integer(Int(token))), .init("piece", text ?? texts.bytes(token)),
                                ])
                            }))
                ]))
        }
        return Self.tokens(tokens, model, isVLLM: isVLLM)
    }

    /// A text that is longer would keep a processor for seconds.
    private static let mostBytes = 1 << 20

    private static func checkLength(_ text: String, _ name: String) throws(APIError) {
        guard text.utf8.count <= mostBytes else {
            throw .invalid("'\(name)' has \(text.utf8.count) bytes; at most \(mostBytes) are cut into tokens.", name)
        }
    }

    private static func tokens(_ tokens: [TokenID], _ model: LanguageModel, isVLLM: Bool) -> Reply {
        var members: [JSONValue.Member] = [.init("tokens", .array(tokens.map { .integer(Int($0)) }))]
        if isVLLM {
            members += [
                .init("count", .integer(tokens.count)), .init("max_model_len", .integer(model.contextLength)),
            ]
        }
        return Reply(.object(members))
    }

    /// `/detokenize`: llama.cpp's clients read `content`, vLLM's `prompt`.
    static func detokenize(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        guard let value = try call.fields()["tokens"] else {
            throw APIError.invalid("'tokens' is missing.", "tokens")
        }
        guard let elements = value.elements else { throw Fields.wrong("tokens", "a list of tokens", value) }
        let tokens = try CompletionRequest.tokens(elements, "tokens")
        let size = model.configuration.vocabularySize
        if let token = tokens.first(where: { !(0..<size ~= Int($0)) }) {
            throw APIError.invalid("Token \(token) is not in the model's vocabulary of \(size).", "tokens")
        }
        let text = String(decoding: model.tokenizer.decode(tokens, showSpecial: true), as: UTF8.self)
        return Reply(.object([.init("content", .string(text)), .init("prompt", .string(text))]))
    }

    /// `/tokenizer_info`: what lm-evaluation-harness asks a remote tokenizer for.
    static func information(_ call: Call) async throws -> Reply {
        let model = try call.state.host.model()
        let vocabulary = model.tokenizer.vocabulary
        func piece(_ id: TokenID?) -> JSONValue { id.map { .string(TokenText(model.tokenizer)[$0]) } ?? .null }
        return Reply(
            .object([
                .init("bos_token", piece(vocabulary.bos)), .init("eos_token", piece(vocabulary.eos)),
                .init("pad_token", piece(vocabulary.padding)), .init("unk_token", piece(vocabulary.unknown)),
                .init("add_bos_token", .bool(vocabulary.addsBOS)), .init("add_eos_token", .bool(vocabulary.addsEOS)),
                .init("chat_template", (try? call.state.host.chatFormat().source()).map(JSONValue.string) ?? .null),
                .init("vocab_size", .integer(vocabulary.count)),
                .init("model_max_length", .integer(model.contextLength)),
            ]))
    }
}
