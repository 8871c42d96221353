import Llamarada
import Testing

/// Which rows come next.
@Suite struct SchedulerTests {
    private static func scheduler(slots: Int = 8, chunk: Int = 16, rows: Int? = nil, wanted: Int = 24) -> Scheduler {
        Scheduler(
            EngineCapacity(
                contextLength: 256, slots: slots, pages: 64, pageSize: 32, chunk: chunk,
                rows: rows ?? StepShape.bucket(chunk) + StepShape.bucket(slots), wantedRows: wanted))
    }

    private static let decoding = Scheduler.Candidate(.decoding, rows: 1, wanted: 1)

    private static func prompt(_ rows: Int, wanted: Int = 1) -> Scheduler.Candidate {
        Scheduler.Candidate(.prompt, rows: rows, wanted: wanted)
    }

    @Test func decodingComesFirstThenPromptsInOrder() {
        let rows = Self.scheduler().rows(of: [Self.prompt(10), Self.decoding, Self.prompt(10), Self.decoding])
        #expect(rows == [10, 1, 6, 1])
    }

    @Test func whoWaitsGetsNothing() {
        #expect(Self.scheduler().rows(of: [nil, Self.prompt(3), nil]) == [0, 3, 0])
        #expect(Self.scheduler().rows(of: [nil]) == [0])
        #expect(Self.scheduler().rows(of: []) == [])
    }

    @Test func aLongPromptIsCut() {
        #expect(Self.scheduler().rows(of: [Self.prompt(100)]) == [16])
        #expect(Self.scheduler(chunk: 7).rows(of: [Self.prompt(100)]) == [7])
    }

    @Test func wantedRowsAreFew() {
        // All of its rows are wanted: no more than fit.
        #expect(Self.scheduler(wanted: 8).rows(of: [Self.prompt(16, wanted: 16)]) == [8])
        // Two prompts that end, and room for one result beside the decoding rows.
        let rows = Self.scheduler(wanted: 3).rows(of: [Self.decoding, Self.decoding, Self.prompt(3), Self.prompt(3)])
        #expect(rows == [1, 1, 3, 2])
    }

    /// Whatever is chosen fits the engine, and something is chosen where anybody could go on.
    @Test func everyStepFits() {
        var random = RandomSource(seed: 1)
        for _ in 0..<2000 {
            let (slots, chunk) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...40, using: &random))
            let rows = StepShape.bucket(chunk) + (slots > 1 ? StepShape.bucket(slots) : 0)
            let wanted = [1, 2, 4, 8, 16, 24, 64].randomElement(using: &random) ?? 1
            let scheduler = Self.scheduler(slots: slots, chunk: chunk, rows: rows, wanted: min(rows, wanted))
            let candidates = (0..<slots).map { _ -> Scheduler.Candidate? in
                switch Int.random(in: 0..<5, using: &random) {
                case 0: return nil
                case 1, 2: return Self.decoding
                case 3: return Scheduler.Candidate(.decoding, rows: 1, wanted: 0)
                default:
                    let rows = Int.random(in: 1...90, using: &random)
                    return Self.prompt(rows, wanted: [0, 1, rows].randomElement(using: &random) ?? 0)
                }
            }
            let counts = scheduler.rows(of: candidates)
            var step = Step()
            for (candidate, count) in zip(candidates, counts) where count > 0 {
                guard let candidate else {
                    Issue.record("a sequence that waits was chosen")
                    continue
                }
                #expect(count <= candidate.rows)
                let rows = (0..<count).map { index in
                    Step.Row(
                        0, at: index, slot: 0,
                        output: candidate.rows - index <= candidate.wanted ? .likeliest : .nothing)
                }
                if candidate.kind == .decoding { step.decoding += rows } else { step.prompt += rows }
            }
            let shape = StepShape(step)
            #expect(shape.rows <= rows && shape.wanted <= min(rows, wanted) && step.prompt.count <= chunk)
            #expect(counts.contains { $0 > 0 } == candidates.contains { $0 != nil })
        }
    }
}
