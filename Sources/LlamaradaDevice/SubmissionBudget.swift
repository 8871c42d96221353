/// How much work goes into one submission, so that none runs much longer than 200 ms: new drivers kill long ones (the
/// amdgpu driver of Linux 7 after 2 s). Starts with what a slow device of its class does, then follows what submissions
/// were measured to take.
package struct SubmissionBudget: Sendable {
    /// Seconds a submission should take at most.
    package static let target = 0.2
    /// What takes longer than this says how fast a device is; what is shorter says only how fast it is at least, because
    /// the way to the device and back is a large part of it.
    private static let telling = 0.02
    private static let slowest = 1e9
    /// Work a second, in the unit of `work(of:)`.
    package private(set) var rate: Double

    /// A budget for a device that does `rate` work a second.
    package init(rate: Double) { self.rate = rate }

    /// - Parameter deviceKind: as `DeviceDescription.kind` says it.
    package init(deviceKind: String) {
        switch deviceKind {
        // A byte weighs four: 110 GB/s, a GTX 1050's.
        case "discrete": self.init(rate: 450e9)
        // 12 GB/s, where integrated GPUs share 20 to 100 with the processor.
        case "integrated", "virtual": self.init(rate: 50e9)
        // Lavapipe reads 7 GB/s on two cores.
        default: self.init(rate: 25e9)
        }
    }

    /// One number for a cost: a byte weighs as much as four operations, a dispatch as 100,000.
    package static func work(of cost: Cost) -> Double {
        Double(cost.flops) + 4 * Double(cost.bytes) + 1e5
    }

    /// The work one submission may hold.
    package var limit: Double { rate * Self.target }

    /// Learns from a submission that did `work` in `seconds`: from long ones whatever they say, from short ones only that
    /// the device is faster than it was taken to be.
    ///
    /// - Parameters:
    ///   - isBound: whether it may have taken less.
    ///   - isStartKnown: whether it may not have taken more.
    package mutating func learn(work: Double, seconds: Double, isBound: Bool = false, isStartKnown: Bool = true) {
        guard work > 0, seconds > 0 else { return }
        let measured = min(work / seconds, 4 * rate)
        guard measured > rate ? isStartKnown : seconds > Self.telling && !isBound else { return }
        rate = max(Self.slowest, 0.5 * rate + 0.5 * measured)
    }

    /// Ranges of operations whose work stays under the limit each; at least one operation a range.
    package func cut(_ work: [Double]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var sum = 0.0
        for (index, amount) in work.enumerated() {
            if index > start, sum + amount > limit {
                ranges.append(start..<index)
                start = index
                sum = 0
            }
            sum += amount
        }
        ranges.append(start..<work.count)
        return ranges
    }

    /// Whether work that was cut into `count` submissions should be cut anew: into fewer than two thirds as many, or into
    /// more than twice as many. In between it stays, so that commands are not recorded again for every small change.
    package func outgrew(_ count: Int, _ work: [Double]) -> Bool {
        let needed = cut(work).count
        return 3 * needed < 2 * count || needed > 2 * count
    }
}
