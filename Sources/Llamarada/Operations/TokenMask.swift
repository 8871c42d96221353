/// Which tokens a row may choose, as MaskLogits.comp reads it: a word that says whether there is a mask, then a bit a
/// token, bit t % 32 of word t / 32.
package enum TokenMask {
    /// Words of a row.
    package static func rowWords(vocabulary: Int) -> Int { 1 + (vocabulary + 31) / 32 }

    /// Writes a row; without a mask only that there is none. Words that the mask lacks allow nothing.
    package static func write(_ mask: [UInt32]?, to row: UnsafeMutableBufferPointer<UInt32>) {
        require(
            !row.isEmpty && mask?.count ?? 0 < row.count, "MaskLogits",
            "\(mask?.count ?? 0) words in a row of \(row.count)")
        row[0] = mask == nil ? 0 : 1
        guard let mask else { return }
        for index in 1..<row.count { row[index] = index <= mask.count ? mask[index - 1] : 0 }
    }
}
