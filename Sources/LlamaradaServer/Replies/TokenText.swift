import LlamaradaTensors
import LlamaradaText

/// A token as a text of its own, for lists of log-probabilities.
struct TokenText {
    let tokenizer: Tokenizer

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// The token's text; as OpenAI spells them, bytes that are no UTF-8 by themselves: `bytes:\xe2\x82`.
    subscript(_ id: TokenID) -> String {
        let bytes = tokenizer.bytes(of: id, showSpecial: true)
        return String(validating: bytes, as: UTF8.self) ?? "bytes:" + bytes.map(Self.hexadecimal).joined()
    }

    /// The token's bytes as a list of numbers.
    func bytes(_ id: TokenID) -> JSONValue {
        .array(tokenizer.bytes(of: id, showSpecial: true).map { .integer(Int($0)) })
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }
}
