import CoreMetrics
import Synchronization

/// The values of one metric with one set of labels.
final class PrometheusSeries: Sendable {
    /// What the values are.
    enum Kind: Sendable {
        case counter
        case gauge
        /// With the upper bounds of its buckets, ascending.
        case histogram([Double])

        var name: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private struct State {
        /// Of a counter or gauge; of a histogram the sum.
        var value = 0.0
        /// Of a histogram: the last is beyond all bounds.
        var counts: [Int] = []
    }

    let kind: Kind
    private let state: Mutex<State>

    init(_ kind: Kind) {
        self.kind = kind
        var state = State()
        if case .histogram(let bounds) = kind { state.counts = Array(repeating: 0, count: bounds.count + 1) }
        self.state = Mutex(state)
    }

    /// The value of a counter or gauge, the sum of a histogram.
    var current: Double { state.withLock { $0.value } }

    private func add(_ value: Double) { state.withLock { $0.value += value } }

    private func put(_ value: Double) {
        state.withLock { state in
            guard case .histogram(let bounds) = kind else { return state.value = value }
            state.value += value
            state.counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        }
    }

    /// The series' lines of a page.
    func lines(_ name: String, labels: String) -> [String] {
        let (value, counts) = state.withLock { ($0.value, $0.counts) }
        guard case .histogram(let bounds) = kind else { return [line(name, labels, value)] }
        var lines: [String] = []
        var total = 0
        for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], counts) {
            total += count
            let more = labels.isEmpty ? "" : labels + ","
            lines.append("\(name)_bucket{\(more)le=\"\(bound)\"} \(total)")
        }
        return lines + [line("\(name)_sum", labels, value), line("\(name)_count", labels, Double(total))]
    }

    private func line(_ name: String, _ labels: String, _ value: Double) -> String {
        let number = Int(exactly: value).map { "\($0)" } ?? "\(value)"
        return labels.isEmpty ? "\(name) \(number)" : "\(name){\(labels)} \(number)"
    }
}

extension PrometheusSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
    func reset() { state.withLock { $0.value = 0 } }
    func set(_ value: Int64) { put(Double(value)) }
    func set(_ value: Double) { put(value) }
    func record(_ value: Int64) { put(Double(value)) }
    func record(_ value: Double) { put(value) }
    func recordNanoseconds(_ duration: Int64) { put(Double(duration) / 1e9) }
}
