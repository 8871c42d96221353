/// What a dispatch does, as its host half declares it: floating-point operations and bytes of memory traffic.
package struct Cost: Sendable, Equatable {
    /// Multiplications and additions counted one each.
    package var flops: Int
    /// Bytes read, each distinct byte once.
    package var bytesRead: Int
    /// Bytes written.
    package var bytesWritten: Int

    package init(flops: Int = 0, bytesRead: Int = 0, bytesWritten: Int = 0) {
        self.flops = flops
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
    }

    package var bytes: Int { bytesRead + bytesWritten }

    package static func + (a: Cost, b: Cost) -> Cost {
        Cost(
            flops: a.flops + b.flops, bytesRead: a.bytesRead + b.bytesRead,
            bytesWritten: a.bytesWritten + b.bytesWritten)
    }
}

/// How much work goes into one submission, so that none runs much longer than 200 ms: new drivers kill long ones (the
/// amdgpu driver of Linux 7 after 2 s). Starts careful and follows what submissions were measured to take.
package struct SubmissionBudget: Sendable {
    /// Seconds a submission should take at most.
    package static let target = 0.2
    /// Work a second, in the unit of `work(of:)`. 50 G is a slow integrated GPU.
    private var rate = 50e9

    package init() {}

    /// One number for a cost: a byte weighs as much as four operations, a dispatch as 100,000.
    package static func work(of cost: Cost) -> Double {
        Double(cost.flops) + 4 * Double(cost.bytes) + 1e5
    }

    /// The work one submission may hold.
    package var limit: Double { rate * Self.target }

    /// Learns from a submission that did `work` in `seconds`; short ones say little.
    package mutating func learn(work: Double, seconds: Double) {
        guard seconds > 0.02 else { return }
        rate = max(1e9, 0.5 * rate + 0.5 * min(work / seconds, 4 * rate))
    }
}
