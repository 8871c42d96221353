import Llamarada
import LlamaradaText

/// Drafts what is known to come, with a mistake every now and then: so that drafts of every length are accepted to every
/// length.
struct OracleDrafter: Drafter {
    /// Prompt and answer, of each request or turn.
    let whole: [TokenID]
    private var count: Int

    /// - Parameter wholes: one of them begins with the prompt.
    init(_ wholes: [[TokenID]], prompt: [TokenID]) {
        whole = wholes.first { $0.starts(with: prompt) && $0.count > prompt.count } ?? prompt
        count = prompt.count
    }

    mutating func append(_ token: TokenID) { count += 1 }

    func draft(atMost most: Int) -> Draft {
        let tokens = (0..<most).map { index in
            let place = count + index
            let token = place < whole.count ? whole[place] : 7
            return (place * 7 + count * 3) % 11 == 0 ? (token + 1) % 300 : token
        }
        return Draft(tokens: tokens, chances: tokens.map { _ in 1 })
    }
}
