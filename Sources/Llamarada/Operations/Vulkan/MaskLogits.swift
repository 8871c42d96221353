package import LlamaradaDevice
import LlamaradaShaders

extension Pass {
    /// Makes each row's forbidden tokens the least likely that there can be, in place.
    ///
    /// - Parameters:
    ///   - logits: (rows, columns).
    ///   - masks: (rows, words): see ``TokenMask``.
    package mutating func maskLogits(_ logits: View<Float>, masks: View<UInt32>, rows: Int) {
        let (columns, words) = (logits.count / rows, masks.count / rows)
        precondition(
            logits.count == rows * columns && masks.count == rows * words
                && words == TokenMask.rowWords(vocabulary: columns),
            "MaskLogits: (\(masks.count)) on (\(logits.count)), \(rows) rows")
        let lanes = tuning.elementwiseLanes
        dispatch(
            MaskLogits(logits: .readWrite(logits), masks: .read(masks)),
            push: .init(columns: UInt32(columns), words: UInt32(words)), specialize: .init(lanes: UInt32(lanes)),
            over: .elements(columns, perGroup: lanes, planes: rows),
            cost: Cost(flops: 0, bytesRead: 4 * (logits.count + masks.count), bytesWritten: 4 * logits.count),
            shape: "(\(rows), \(columns))")
    }
}
