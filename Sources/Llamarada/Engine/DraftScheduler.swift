/// Chooses how many drafted rows join the rows that a step has anyway: those with which it pays best for the sequence
/// that gains least.
///
/// Drafts take no sequence's room. A step becomes wider by them only where all of its sequences draft and none of them
/// would be served better by a narrow one; beside others, drafts only fill up the bucket of rows that is computed anyway.
package struct DraftScheduler: Sendable {
    private let capacity: EngineCapacity
    /// Whether as much is drafted as there is room for, whatever it costs: for tests.
    package var isEager = false

    /// Drafts that promise less, as a share of a step, are not worth that the step before is waited for.
    private static let leastGain = 1.1
    /// Drafts that begin with less are not tried at all: they gain little where wide steps cost nothing, and there are many.
    private static let leastFirstChance = 0.3
    /// Rows that are less likely to count are left out, though they may only fill up.
    private static let leastChance = 0.05

    package init(_ capacity: EngineCapacity) { self.capacity = capacity }

    /// How many drafted rows of each candidate the next step computes behind its own row.
    ///
    /// - Parameters:
    ///   - counts: the rows that each has anyway: see `Scheduler.rows(of:)`.
    ///   - costs: what steps take.
    package func rows(of candidates: [Scheduler.Candidate?], beside counts: [Int], _ costs: StepCosts) -> [Int] {
        let chances = zip(candidates, counts).map { candidate, count -> [Double] in
            guard let candidate, candidate.kind == .decoding, count == 1,
                isEager || candidate.chances.first ?? 0 >= Self.leastFirstChance
            else { return [] }
            return Array(candidate.chances.prefix(mostDrafts))
        }
        let none = counts.map { _ in 0 }
        guard chances.contains(where: { !$0.isEmpty }) else { return none }
        var (own, hasOthers) = (0, false)
        for (index, count) in counts.enumerated() where count > 0 {
            if candidates[index]?.kind == .decoding { own += count }
            if chances[index].isEmpty { hasOthers = true }
        }
        let beside = candidates.indices.reduce(0) { candidates[$1]?.kind == .prompt ? $0 + counts[$1] : $0 }
        var buckets = [StepShape.bucket(own)]
        let most = own + chances.reduce(0) { $0 + $1.count }
        while !hasOthers || isEager, let last = buckets.last, last < most,
            StepShape.bucketBehind(last) + StepShape.bucket(beside) <= min(capacity.rows, capacity.wantedRows)
        {
            buckets.append(StepShape.bucketBehind(last))
        }
        if isEager { return filled(buckets[buckets.count - 1] - own, chances, least: 0) }
        return best(of: buckets, beside: own, chances, costs)
    }

    /// - Parameter own: rows that the step has anyway; the first bucket holds them.
    private func best(of buckets: [Int], beside own: Int, _ chances: [[Double]], _ costs: StepCosts) -> [Int] {
        var best = (rows: chances.map { _ in 0 }, rate: 0.0)
        for bucket in buckets {
            guard let seconds = costs.seconds(bucket: bucket) else { break }
            let rows = filled(bucket - own, chances, least: Self.leastChance)
            // Tokens that a step is expected to give each sequence that drafts.
            let gains = zip(rows, chances).filter { !$1.isEmpty }.map { 1 + $1.prefix($0).reduce(0, +) }
            let rate = (gains.min() ?? 1) / seconds
            if bucket == buckets[0] {
                // These rows cost nothing, so one who gains is enough.
                let pays = gains.contains { $0 >= Self.leastGain }
                best = (pays ? rows : best.rows, pays ? max(rate, Self.leastGain / seconds) : Self.leastGain / seconds)
            } else if rate > best.rate {
                best = (rows, rate)
            }
        }
        return best.rows
    }

    /// Windowed layers have room for what one chunk writes.
    private var mostDrafts: Int { capacity.windowed == nil ? .max : capacity.chunk - 1 }

    /// Gives so many rows to those of whom the next row is likeliest to count.
    private func filled(_ room: Int, _ chances: [[Double]], least: Double) -> [Int] {
        var rows = chances.map { _ in 0 }
        for _ in 0..<max(0, room) {
            let open = chances.indices.filter { rows[$0] < chances[$0].count }
            // Of equal ones to who has fewest.
            guard
                let next = open.max(by: {
                    (chances[$0][rows[$0]], rows[$1]) < (chances[$1][rows[$1]], rows[$0])
                }),
                chances[next][rows[next]] >= least
            else { break }
            rows[next] += 1
        }
        return rows
    }
}
