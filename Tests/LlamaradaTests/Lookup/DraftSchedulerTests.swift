import Llamarada
import Testing

/// How many rows are drafted.
@Suite struct DraftSchedulerTests {
    private static func capacity(slots: Int = 16, chunk: Int = 64, windowed: Bool = false) -> EngineCapacity {
        EngineCapacity(
            contextLength: 256, slots: slots, pages: 64, pageSize: 32,
            windowed: windowed ? WindowedCapacity(length: 32, pages: 64, pagesPerSlot: 4) : nil, chunk: chunk,
            rows: StepShape.bucket(chunk) + StepShape.bucket(slots), wantedRows: 48)
    }

    private static let plain = Scheduler.Candidate(.decoding, rows: 1, wanted: 1)

    /// A sequence whose next tokens come true with chances of p, p², ….
    private static func drafting(_ p: Double, _ count: Int = 15) -> Scheduler.Candidate {
        var chance = 1.0
        let chances = (0..<count).map { _ in
            chance *= p
            return chance
        }
        return Scheduler.Candidate(.decoding, rows: 1, wanted: 1, chances: chances)
    }

    /// Costs of steps that take `base` and `row` for each row.
    private static func costs(base: Double, row: Double, buckets: [Int] = [1, 2, 4, 8, 16]) -> StepCosts {
        var costs = StepCosts()
        for bucket in buckets { costs.note(base + row * Double(bucket), bucket: bucket) }
        return costs
    }

    private static func rows(
        _ candidates: [Scheduler.Candidate?], _ costs: StepCosts, counts: [Int]? = nil,
        _ capacity: EngineCapacity = capacity()
    ) -> [Int] {
        DraftScheduler(capacity).rows(of: candidates, beside: counts ?? candidates.map { $0 == nil ? 0 : 1 }, costs)
    }

    @Test func asManyAsPay() {
        let cheap = Self.costs(base: 1, row: 0.01)
        #expect(Self.rows([Self.drafting(0.99)], cheap) == [15])
        #expect(Self.rows([Self.drafting(0.99, 4)], cheap) == [4])
        // 1 + 0.3 + 0.09 … tokens: of more than two rows few count.
        #expect((1...3).contains(Self.rows([Self.drafting(0.3)], cheap)[0]))
        // Half a dozen of these would have to be tried for one that counts.
        #expect(Self.rows([Self.drafting(0.2)], cheap) == [0])
        // As on CPU drivers: two rows take 1.36 of one, eight 3.5.
        let dear = Self.costs(base: 0.64, row: 0.36)
        #expect(Self.rows([Self.drafting(0.3)], dear) == [0])
        #expect(Self.rows([Self.drafting(0.98)], dear)[0] >= 7)
        #expect((1...3).contains(Self.rows([Self.drafting(0.6)], dear)[0]))
        // Where each row costs what a step does, nothing pays.
        #expect(Self.rows([Self.drafting(1)], Self.costs(base: 0, row: 1)) == [0])
    }

    @Test func nothingIsTriedFarFromWhatIsKnown() {
        #expect(Self.rows([Self.drafting(0.99)], StepCosts()) == [0])
        #expect(Self.rows([Self.drafting(0.99)], Self.costs(base: 1, row: 0, buckets: [1])) == [1])
        #expect(Self.rows([Self.drafting(0.99)], Self.costs(base: 1, row: 0, buckets: [1, 2])) == [3])
        #expect(Self.rows([Self.drafting(0.99)], Self.costs(base: 1, row: 0, buckets: [1, 2, 4])) == [7])
    }

    /// Who drafts nothing waits for nobody's drafts: they only fill up what is computed anyway.
    @Test func othersDoNotPay() {
        let costs = Self.costs(base: 1, row: 0.01)
        #expect(Self.rows([Self.plain, Self.drafting(0.99)], costs) == [0, 0])
        #expect(Self.rows([Self.plain, Self.drafting(0.99), Self.plain], costs) == [0, 1, 0])
        let five = [Self.plain, Self.drafting(0.9), Self.plain, Self.plain, Self.drafting(0.8)]
        let rows = Self.rows(five, costs)
        #expect(rows[1] + rows[4] == 3 && rows[1] >= rows[4] && rows[0] + rows[2] + rows[3] == 0)
        // Nor does a prompt.
        let prompt = Scheduler.Candidate(.prompt, rows: 40, wanted: 1)
        #expect(Self.rows([Self.drafting(0.99), prompt], costs, counts: [1, 40]) == [0, 0])
        let three = [Self.drafting(0.99), Self.drafting(0.9), Self.drafting(0.8), prompt]
        #expect(Self.rows(three, costs, counts: [1, 1, 1, 40]) == [1, 0, 0, 0])
    }

    /// Where all draft, the step grows as long as each gains.
    @Test func allGain() {
        let costs = Self.costs(base: 1, row: 0.01)
        let rows = Self.rows([Self.drafting(0.95, 7), Self.drafting(0.95, 7)], costs)
        #expect(rows == [7, 7])
        // One has nothing to gain of a wider step.
        let unlike = Self.rows([Self.drafting(0.95), Self.drafting(0.02)], Self.costs(base: 0.64, row: 0.36))
        #expect(unlike == [0, 0])
    }

    @Test func roomIsKept() {
        let costs = Self.costs(base: 1, row: 0)
        // Windowed layers keep what one chunk writes.
        #expect(Self.rows([Self.drafting(1)], costs, Self.capacity(chunk: 8, windowed: true)) == [7])
        #expect(Self.rows([Self.drafting(1)], costs, Self.capacity(chunk: 1, windowed: true)) == [0])
        // A step has no more rows than it has room for.
        #expect(Self.rows([Self.drafting(1)], costs, Self.capacity(slots: 1, chunk: 4)) == [3])
        #expect(Self.rows([nil, Self.drafting(1, 3)], costs) == [0, 3])
        // Who was given no row drafts none, nor does who has rows of a prompt.
        #expect(Self.rows([Self.drafting(1)], costs, counts: [0]) == [0])
    }
}

/// What steps take.
@Suite struct StepCostsTests {
    @Test func theMedianOfLate() {
        var costs = StepCosts()
        #expect(costs.seconds(bucket: 1) == nil)
        for seconds in [1.0, 50, 1, 2, 1] { costs.note(seconds, bucket: 1) }
        #expect(costs.seconds(bucket: 1) == 1)
        for _ in 0..<5 { costs.note(3, bucket: 1) }
        #expect(costs.seconds(bucket: 1) == 3)
    }

    @Test func whatIsNotKnownFollowsFromLess() throws {
        var costs = StepCosts()
        costs.note(1, bucket: 1)
        #expect(try #require(costs.seconds(bucket: 2)) < 1.1 && costs.seconds(bucket: 4) == nil)
        costs.note(1.4, bucket: 2)
        #expect(abs(try #require(costs.seconds(bucket: 4)) - 2.2) < 1e-9)
        #expect(costs.seconds(bucket: 8) == nil)
    }

    /// What was too dear is tried again, less and less often.
    @Test func whatIsOldIsTriedAgain() {
        var costs = StepCosts()
        var tries: [Int] = []
        costs.note(1, bucket: 1)
        for step in 0..<3000 {
            let isCheap = costs.seconds(bucket: 2).map { $0 < 1.2 } ?? false
            if isCheap { tries.append(step) }
            costs.note(isCheap ? 5 : 1, bucket: isCheap ? 2 : 1)
        }
        let gaps = zip(tries, tries.dropFirst()).map { $1 - $0 }
        #expect(gaps == gaps.sorted() && gaps.count >= 4 && gaps.count < 8)
        #expect(gaps[0] > StepCosts.leastPatience && gaps[1] > 3 * gaps[0] / 2)
    }
}
