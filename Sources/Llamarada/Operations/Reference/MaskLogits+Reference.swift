extension Reference {
    /// logits[t] = the lowest finite number where bit t of a mask is 0, in place; NaN and infinities stay.
    ///
    /// - Parameters:
    ///   - logits: (vocabulary).
    ///   - mask: bit t % 32 of word t / 32 is token t's; words that are not there allow nothing.
    package static func maskLogits(_ logits: inout [Float], _ mask: [UInt32]) {
        for token in logits.indices where logits[token].isFinite {
            let word = token / 32 < mask.count ? mask[token / 32] : 0
            if word >> UInt32(token % 32) & 1 == 0 { logits[token] = -.greatestFiniteMagnitude }
        }
    }
}
