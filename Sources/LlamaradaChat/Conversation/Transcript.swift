import LlamaradaText

/// What a session's tokens spell, part by part, so that a longer conversation goes on with exactly these.
///
/// A model may spell an answer in other tokens than the tokenizer would: rendered and cut anew, it would have to be
/// computed again.
struct Transcript: Sendable {
    private struct Part {
        var text: [UInt8]
        var tokens: [TokenID]
    }

    private var parts: [Part] = []

    /// The tokens of all parts.
    var tokens: [TokenID] { parts.flatMap(\.tokens) }

    /// Adds what spells a text behind all others.
    mutating func append(_ text: String, _ tokens: [TokenID]) {
        parts.append(Part(text: Array(text.utf8), tokens: tokens))
    }

    /// The transcript of a rendered conversation: these parts as far as it begins with them, and behind them what the
    /// tokenizer makes of the rest. The rest begins with a special token, so that nothing before it decides how it is
    /// cut; else the part before is cut anew with it.
    func extended(to text: String, _ format: ChatFormat) -> Transcript {
        let text = Array(text.utf8)
        var result = Transcript()
        var offset = 0
        for part in parts {
            guard text[offset...].starts(with: part.text) else { break }
            result.parts.append(part)
            offset += part.text.count
        }
        while let last = result.parts.last {
            let rest = Array(text[offset...])
            let tokens = format.tokens(continuing: rest)
            if let first = tokens.first, format.isSpecial(first) {
                result.parts.append(Part(text: rest, tokens: tokens))
                return result
            }
            result.parts.removeLast()
            offset -= last.text.count
        }
        result.parts = [Part(text: text, tokens: format.tokens(of: text))]
        return result
    }
}
