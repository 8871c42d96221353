import LlamaradaDevice

/// Into how many splits attention of decoding rows cuts what a row sees, and what their partial results take.
///
/// Split s covers the same positions for every row, whatever the depth and the rows beside it.
package struct AttentionSplits {
    let shape: AttentionShape
    /// Positions of a split.
    let positions: Int
    /// Most splits of a row that sees as far as the commands reach.
    let count: Int
    /// Heads of a group that one workgroup computes.
    let headsAtOnce: Int

    /// - Parameter reach: positions that any row may see.
    package init(_ shape: AttentionShape, reach: Int, _ tuning: KernelTuning) {
        self.shape = shape
        let length = tuning.attentionSplit
        let all = Grid.divideRoundingUp(max(1, reach), length)
        positions = length
        // A window may begin with the last position of a split.
        count = min(all, shape.window.map { ($0 - 1 + length - 1) / length + 1 } ?? all)
        let group = shape.heads / shape.kvHeads
        // Of large heads fewer: each takes registers for its query and its sums.
        let most = max(1, min(group, tuning.attentionHeads, 512 / shape.headDim))
        headsAtOnce = (1...most).last { group % $0 == 0 } ?? 1
    }

    /// Workgroups of one row and one split.
    var unitsPerRow: Int { shape.heads / headsAtOnce }

    /// Floats of one head's partial result: its sums, the largest score, and the total of the weights.
    private var floatsPerPartial: Int { shape.headDim + 2 }

    /// Floats of the partial results of some units.
    package func partialCount(units: Int) -> Int { count == 1 ? 0 : units * headsAtOnce * count * floatsPerPartial }

    /// Floats of a buffer for the partial results of at most so many rows; never empty. Where that is more than 16 MiB,
    /// rows take turns.
    package func roomCount(rows: Int) -> Int {
        max(1, partialCount(units: 1), min(partialCount(units: rows * unitsPerRow), 4 << 20))
    }

    /// How many units at once a buffer of so many floats has room for.
    func unitsAtOnce(_ floats: Int) -> Int { count == 1 ? .max : floats / partialCount(units: 1) }
}
