import LlamaradaDevice
import Testing

/// How passes are cut in submissions, and how much goes into one.
@Suite struct SubmissionTests {
    @Test func cutsBeforeTheLimitIsPassed() {
        #expect(CommandSequence.cut([1, 1, 1, 1], limit: 2) == [0..<2, 2..<4])
        #expect(CommandSequence.cut([1, 1, 1], limit: 100) == [0..<3])
        #expect(CommandSequence.cut([3, 1, 1, 3], limit: 2) == [0..<1, 1..<3, 3..<4])
        #expect(CommandSequence.cut([5, 5], limit: 2) == [0..<1, 1..<2])
    }

    @Test func anEmptyPassIsOneSubmission() {
        #expect(CommandSequence.cut([], limit: 2) == [0..<0])
    }

    @Test func coversEverythingOnce() {
        let work = (0..<1000).map { Double($0 * 7919 % 13) }
        let ranges = CommandSequence.cut(work, limit: 20)
        #expect(ranges.flatMap { Array($0) } == Array(0..<1000))
        #expect(ranges.allSatisfy { work[$0].reduce(0, +) <= 20 })
    }

    @Test func learnsFromLongSubmissionsOnly() {
        var budget = SubmissionBudget()
        let first = budget.limit
        budget.learn(work: 1e15, seconds: 0.01)
        #expect(budget.limit == first)
        // Twice as fast as thought, a quarter of the speed, hopeless.
        budget.learn(work: 2 * first, seconds: SubmissionBudget.target)
        #expect(abs(budget.limit / first - 1.5) < 1e-9)
        for _ in 0..<60 { budget.learn(work: first / 4, seconds: SubmissionBudget.target) }
        #expect(abs(budget.limit / first - 0.25) < 1e-6)
        for _ in 0..<60 { budget.learn(work: 1, seconds: 100) }
        #expect(budget.limit > 0)
    }

    @Test func oneMeasurementCannotRaiseItWithoutBound() {
        var budget = SubmissionBudget()
        let first = budget.limit
        budget.learn(work: 1e30, seconds: 1)
        #expect(budget.limit <= 2.5 * first)
    }
}
