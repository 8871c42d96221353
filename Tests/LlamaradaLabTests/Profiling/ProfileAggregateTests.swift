import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Testing

@Suite struct ProfileAggregateTests {
    /// Two layers; three spans in two submissions, the second span of two operations.
    private static func step(at zero: Double, depth: Int) -> TimedStep {
        func operation(_ kernel: String, _ shape: String, depth: Int? = nil, layer: Int) -> TimedOperation {
            TimedOperation(
                kernel: kernel, shape: shape, depth: depth, scope: "layer \(layer)",
                cost: Cost(flops: 10, bytesRead: 4, bytesWritten: 1))
        }
        return TimedStep(
            phase: .decode, tokens: 1, position: depth - 1,
            operations: [
                operation("Attention", "(1)", depth: depth, layer: 0), operation("MatVec q", "(2, 2)", layer: 0),
                operation("MatVec q", "(2, 2)", layer: 0), operation("MatVec q", "(4, 2)", layer: 1),
            ],
            timings: Timings(
                spans: [
                    TimedSpan(operations: 0..<1, start: zero + 10, end: zero + 110),
                    TimedSpan(operations: 1..<3, start: zero + 115, end: zero + 145),
                    TimedSpan(operations: 3..<4, start: zero + 165, end: zero + 175),
                ], isCalibrated: true),
            submissions: [0..<3, 3..<4],
            host: .init(
                start: zero, recordEnd: zero + 2, submitEnd: zero + 5, waitEnd: zero + 190, readEnd: zero + 191),
            chosen: 7)
    }

    private let total = ProfileAggregate([step(at: 0, depth: 5), step(at: 1000, depth: 6)])

    @Test func rowsAreSortedByTime() {
        #expect(total.rows.map(\.kernel) == ["Attention", "MatVec q ×2", "MatVec q"])
        #expect(total.rows.map(\.shape) == ["(1)", "(2, 2) ×2", "(4, 2)"])
        #expect(total.rows.map(\.total) == [200, 60, 20])
        #expect(total.rows.map(\.calls) == [2, 2, 2])
        #expect(total.rows[0].depths == 5...6)
        #expect(total.rows[1].cost == Cost(flops: 40, bytesRead: 16, bytesWritten: 4))
        #expect(total.rows[2].mean == 10 && total.rows[2].least == 10 && total.rows[2].most == 10)
    }

    @Test func kernelsAndGapsAreTheSpan() {
        #expect(total.span == 330)
        #expect(total.kernelTime == 280)
        let gaps = total.gaps
        #expect((gaps.count, gaps.total, gaps.longest, gaps.betweenSubmissions) == (4, 50, 20, 40))
        #expect(total.kernelTime + total.gaps.total == total.span)
    }

    @Test func placesAndHostAddUp() {
        #expect(total.groups.map(\.scope) == ["layer 0", "layer 1"])
        #expect(total.groups.map(\.total) == [260, 20])
        #expect(total.groups[0].stems.map(\.name) == ["Attention", "MatVec"])
        #expect(total.groups[0].stems.map(\.total) == [200, 60])
        let host = total.host
        #expect((host.record, host.submit, host.wait, host.read) == (4, 6, 370, 2))
        #expect((total.passes, total.tokens, total.submissions, total.operations) == (2, 2, 4, 8))
    }

    @Test func timesOfAnUnrelatedClockStartAtSubmission() {
        let step = Self.step(at: 100, depth: 5)
        let moved = TimedStep(
            phase: .decode, tokens: 1, position: 0, operations: step.operations,
            timings: Timings(spans: [TimedSpan(operations: 0..<4, start: 7, end: 9)], isCalibrated: false),
            submissions: [0..<4], host: step.host, chosen: nil)
        #expect(moved.spans == [TimedSpan(operations: 0..<4, start: 102, end: 104)])
    }

    @Test func aClockThatGoesBackwardsIsAnError() throws {
        let good = TimedSpan(operations: 0..<1, start: 5, end: 9)
        try TimedSpan.checkOrder([good, TimedSpan(operations: 1..<2, start: 9, end: 9)])
        for (start, end) in [(8.0, 10.0), (10, 9), (.nan, 12)] {
            let error = #expect(throws: DeviceError.self) {
                try TimedSpan.checkOrder([good, TimedSpan(operations: 1..<2, start: start, end: end)])
            }
            #expect(error?.problem.contains("clock went backwards") == true)
        }
    }

    @Test func theLowerRoofCounts() {
        let roofline = Roofline(DevicePeaks(readBandwidth: 100e9, flops: 1000e9))
        let light = roofline.place(Cost(flops: 10, bytesRead: 10), nanoseconds: 1)
        #expect(light.roof == .bandwidth && abs(light.share - 0.1) < 1e-12 && light.intensity == 1)
        let heavy = roofline.place(Cost(flops: 500, bytesRead: 10), nanoseconds: 1)
        #expect(heavy.roof == .arithmetic && abs(heavy.share - 0.5) < 1e-12)
        #expect(roofline.place(Cost(flops: 1), nanoseconds: 1).roof == .arithmetic)
        #expect(roofline.place(Cost(bytesRead: 1), nanoseconds: 0).share == 0)
    }

    @Test func theMedianOfRatios() {
        #expect(ProfilingOverhead(mode: .overlapped, ratios: [3, 1, 2]).median == 2)
        #expect(ProfilingOverhead(mode: .overlapped, ratios: [4, 1, 2, 3]).median == 2.5)
    }
}
