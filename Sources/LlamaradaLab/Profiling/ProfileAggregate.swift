import Llamarada
package import LlamaradaDevice

/// The timed passes of one phase and one mode, added up. All times are in nanoseconds.
package struct ProfileAggregate: Sendable, Equatable {
    /// Everything that ran the same kernels over the same shapes.
    package struct Row: Sendable, Equatable {
        /// Such as "MatVec q4_1"; several joined by " + " where they were timed together.
        package var kernel: String
        package var shape: String
        /// The depths that the calls saw.
        package var depths: ClosedRange<Int>?
        package var calls = 0
        package var total = 0.0
        package var least = Double.infinity
        package var most = 0.0
        package var cost = Cost()

        package var mean: Double { calls > 0 ? total / Double(calls) : 0 }
    }

    /// All that ran in one place of the model, such as a layer.
    package struct Group: Sendable, Equatable {
        package var scope: String
        package var calls = 0
        package var total = 0.0
        package var cost = Cost()
        /// The time by kernel stem, such as "MatVec", in order of first use.
        package var stems: [Stem] = []

        package struct Stem: Sendable, Equatable {
            package var name: String
            package var total: Double
        }
    }

    /// Device time between the spans of a pass: barriers, launches, and the way from one submission to the next.
    package struct Gaps: Sendable, Equatable {
        package var count = 0
        package var total = 0.0
        package var longest = 0.0
        /// The part of `total` that lies between submissions.
        package var betweenSubmissions = 0.0
    }

    /// What the host spent.
    package struct Host: Sendable, Equatable {
        package var record = 0.0
        package var submit = 0.0
        package var wait = 0.0
        package var read = 0.0

        package var total: Double { record + submit + wait + read }
    }

    /// By total time, the longest first.
    package private(set) var rows: [Row] = []
    /// In order of first use.
    package private(set) var groups: [Group] = []
    package private(set) var gaps = Gaps()
    package private(set) var host = Host()
    /// The sum over passes of the time from the first span's start to the last one's end.
    package private(set) var span = 0.0
    /// The sum of all spans.
    package private(set) var kernelTime = 0.0
    package private(set) var cost = Cost()
    package private(set) var passes = 0
    package private(set) var tokens = 0
    package private(set) var submissions = 0
    package private(set) var operations = 0

    private var rowIndices: [RowKey: Int] = [:]
    private var groupIndices: [String: Int] = [:]

    private struct RowKey: Hashable {
        var kernel: String
        var shape: String
    }

    package init(_ steps: [TimedStep]) {
        for step in steps { add(step) }
        rows.sort { $0.total > $1.total }
        rowIndices = [:]
    }

    private mutating func add(_ step: TimedStep) {
        passes += 1
        tokens += step.tokens
        submissions += step.submissions.count
        operations += step.operations.count
        host.record += step.host.recordEnd - step.host.start
        host.submit += step.host.submitEnd - step.host.recordEnd
        host.wait += step.host.waitEnd - step.host.submitEnd
        host.read += step.host.readEnd - step.host.waitEnd
        if let first = step.spans.first, let last = step.spans.last { span += last.end - first.start }
        let starts = Set(step.submissions.map(\.lowerBound))
        for (earlier, later) in zip(step.spans, step.spans.dropFirst()) {
            add(gap: later.start - earlier.end, isNewSubmission: starts.contains(later.operations.lowerBound))
        }
        for span in step.spans { add(span, SpanLabel(step.operations[span.operations])) }
    }

    private mutating func add(gap: Double, isNewSubmission: Bool) {
        gaps.count += 1
        gaps.total += gap
        gaps.longest = max(gaps.longest, gap)
        if isNewSubmission { gaps.betweenSubmissions += gap }
    }

    private mutating func add(_ span: TimedSpan, _ label: SpanLabel) {
        let time = span.nanoseconds
        kernelTime += time
        cost = cost + label.cost
        let key = RowKey(kernel: label.kernel, shape: label.shape)
        let index = rowIndices[key] ?? rows.count
        if index == rows.count {
            rows.append(Row(kernel: label.kernel, shape: label.shape))
            rowIndices[key] = index
        }
        rows[index].add(time, label)
        let group = groupIndices[label.scope] ?? groups.count
        if group == groups.count {
            groups.append(Group(scope: label.scope))
            groupIndices[label.scope] = group
        }
        groups[group].add(time, label)
    }
}

extension ProfileAggregate.Row {
    fileprivate mutating func add(_ time: Double, _ label: SpanLabel) {
        calls += 1
        total += time
        least = min(least, time)
        most = max(most, time)
        cost = cost + label.cost
        if let depth = label.depth {
            depths = min(depths?.lowerBound ?? depth, depth)...max(depths?.upperBound ?? depth, depth)
        }
    }
}

extension ProfileAggregate.Group {
    fileprivate mutating func add(_ time: Double, _ label: SpanLabel) {
        calls += 1
        total += time
        cost = cost + label.cost
        if let index = stems.firstIndex(where: { $0.name == label.stem }) {
            stems[index].total += time
        } else {
            stems.append(Stem(name: label.stem, total: time))
        }
    }
}
