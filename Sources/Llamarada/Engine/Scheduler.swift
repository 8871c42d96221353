/// Chooses the rows of the next step: every sequence that decodes gets its row, then prompts get the room that is left,
/// in the order in which they came.
package struct Scheduler: Sendable {
    /// What a sequence could compute next.
    package struct Candidate: Sendable, Equatable {
        package var kind: RowKind
        /// Rows of that kind that could follow one another; a decoding row is alone but for drafts.
        package var rows: Int
        /// How many of the last ones something is wanted of.
        package var wanted: Int
        /// Of each row that could be drafted behind a decoding row, how likely it is to count: see `Draft.chances`.
        package var chances: [Double]

        package init(_ kind: RowKind, rows: Int, wanted: Int, chances: [Double] = []) {
            self.kind = kind
            self.rows = rows
            self.wanted = wanted
            self.chances = chances
        }
    }

    private let capacity: EngineCapacity

    package init(_ capacity: EngineCapacity) { self.capacity = capacity }

    /// How many rows of each candidate the next step computes; nil stands for a sequence that waits.
    package func rows(of candidates: [Candidate?]) -> [Int] {
        var counts = candidates.map { _ in 0 }
        var (decoding, decodingWanted) = (0, false)
        for (index, candidate) in candidates.enumerated() where candidate?.kind == .decoding {
            guard StepShape.bucket(decoding + 1) <= min(capacity.rows, capacity.wantedRows) else { break }
            counts[index] = 1
            decoding += 1
            if let candidate, candidate.wanted > 0 { decodingWanted = true }
        }
        let bucket = StepShape.bucket(decoding)
        var room = min(capacity.chunk, StepShape.roundedDown(capacity.rows - bucket))
        var wantedRoom = StepShape.roundedDown(capacity.wantedRows - (decodingWanted ? bucket : 0))
        for (index, candidate) in candidates.enumerated() {
            guard let candidate, candidate.kind == .prompt, room > 0 else { continue }
            // Of its first rows none may be wanted, of its last rows all that are computed.
            let unwanted = candidate.rows - candidate.wanted
            // Decoding rows give logits as soon as one row does.
            if candidate.wanted > 0, !decodingWanted, decoding > 0 {
                wantedRoom = min(wantedRoom, StepShape.roundedDown(capacity.wantedRows - bucket))
            }
            let count = min(candidate.rows, room, unwanted + wantedRoom)
            counts[index] = count
            room -= count
            wantedRoom -= max(0, count - unwanted)
        }
        return counts
    }
}
