import LlamaradaDevice
import Testing

/// How passes are cut in submissions, and how much goes into one.
@Suite struct SubmissionTests {
    /// A budget of `limit` work a submission.
    private func budget(limit: Double) -> SubmissionBudget { SubmissionBudget(rate: limit / SubmissionBudget.target) }

    @Test func cutsBeforeTheLimitIsPassed() {
        #expect(budget(limit: 2).cut([1, 1, 1, 1]) == [0..<2, 2..<4])
        #expect(budget(limit: 100).cut([1, 1, 1]) == [0..<3])
        #expect(budget(limit: 2).cut([3, 1, 1, 3]) == [0..<1, 1..<3, 3..<4])
        #expect(budget(limit: 2).cut([5, 5]) == [0..<1, 1..<2])
    }

    @Test func anEmptyPassIsOneSubmission() {
        #expect(budget(limit: 2).cut([]) == [0..<0])
    }

    @Test func coversEverythingOnce() {
        let work = (0..<1000).map { Double($0 * 7919 % 13) }
        let ranges = budget(limit: 20).cut(work)
        #expect(ranges.flatMap { Array($0) } == Array(0..<1000))
        #expect(ranges.allSatisfy { work[$0].reduce(0, +) <= 20 })
    }

    @Test func startsByTheDevicesClass() {
        let kinds = ["cpu", "integrated", "discrete"]
        let rates = kinds.map { SubmissionBudget(deviceKind: $0).rate }
        #expect(rates == rates.sorted() && rates[0] < rates[2] / 10)
        // A 7B token in Q4_0 (3.8 GB, 14 GFLOP, 550 dispatches) is one submission on a discrete GPU from the start.
        let token = SubmissionBudget.work(of: Cost(flops: 14_000_000_000, bytesRead: 3_800_000_000)) + 550e5
        #expect(SubmissionBudget(deviceKind: "discrete").limit > token)
    }

    @Test func learnsFromShortSubmissionsThatADeviceIsFast() {
        // 10 ms for what 1 TB/s does, again and again: from 5 submissions a token to one.
        var budget = SubmissionBudget(rate: 50e9)
        for _ in 0..<12 { budget.learn(work: 40e9, seconds: 0.01) }
        #expect(abs(budget.rate / 4e12 - 1) < 0.01)
        // A short one of little work says nothing of how slow it is.
        budget.learn(work: 1e5, seconds: 0.001)
        #expect(abs(budget.rate / 4e12 - 1) < 0.01)
    }

    @Test func learnsFromLongSubmissionsBothWays() {
        var budget = budget(limit: 100)
        budget.learn(work: 200e9, seconds: SubmissionBudget.target)
        let first = budget.limit
        budget.learn(work: 2 * first, seconds: SubmissionBudget.target)
        #expect(abs(budget.limit / first - 1.5) < 1e-9)
        budget = SubmissionBudget(rate: 1e12)
        for _ in 0..<60 { budget.learn(work: 5e10, seconds: SubmissionBudget.target) }
        #expect(abs(budget.rate / 2.5e11 - 1) < 1e-6)
        for _ in 0..<60 { budget.learn(work: 1, seconds: 100) }
        #expect(budget.limit > 0)
        budget.learn(work: 0, seconds: 0)
        #expect(budget.limit > 0 && budget.limit.isFinite)
    }

    @Test func oneMeasurementCannotRaiseItWithoutBound() {
        var budget = SubmissionBudget(rate: 1e10)
        budget.learn(work: 1e30, seconds: 1)
        #expect(budget.rate <= 2.5e10)
    }

    @Test func smallChangesCutNothingAnew() {
        let work = [Double](repeating: 1, count: 100)
        #expect(!budget(limit: 10).outgrew(10, work))
        #expect(!budget(limit: 13).outgrew(10, work))
        #expect(budget(limit: 100).outgrew(10, work))
        #expect(budget(limit: 100).outgrew(2, work))
        #expect(!budget(limit: 50).outgrew(1, work))
        #expect(budget(limit: 30).outgrew(1, work))
        // One operation that is too long by itself cannot be cut.
        #expect(!budget(limit: 1).outgrew(1, [1000]))
    }

    /// Of a run whose end was seen late only that it was fast counts, of one whose begin is not known only that it was slow.
    @Test func whatIsNotKnownIsNotLearnt() {
        var budget = SubmissionBudget(rate: 1e10)
        budget.learn(work: 1e10, seconds: 10, isBound: true)
        #expect(budget.rate == 1e10)
        budget.learn(work: 1e10, seconds: 0.5, isStartKnown: false)
        #expect(budget.rate == 1e10)
        budget.learn(work: 1e10, seconds: 0.5, isBound: true)
        #expect(budget.rate == 1.5e10)
        budget.learn(work: 1.5e10, seconds: 3, isStartKnown: false)
        #expect(budget.rate == 1e10)
    }
}
