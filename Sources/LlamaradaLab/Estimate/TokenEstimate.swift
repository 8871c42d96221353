/// How long a decoded token, or a chunk of a prompt, takes on a card that is not there: its dispatches, one after the other or side by side as
/// barriers let them.
package struct TokenEstimate: Sendable {
    /// A dispatch and what is estimated of it.
    package struct Item: Sendable {
        /// Such as "MatVec Q4_0".
        package var name: String
        package var shape: String
        package var estimate: KernelEstimate

        package init(name: String, shape: String, estimate: KernelEstimate) {
            (self.name, self.shape, self.estimate) = (name, shape, estimate)
        }
    }

    /// Dispatches that are alike.
    package struct Row: Sendable {
        package var item: Item
        package var count: Int
    }

    package let card: Card
    /// Dispatches that no barrier separates, in their order.
    package let spans: [[Item]]
    package let submissions: Int
    package let tokens: Int

    package init(card: Card, spans: [[Item]], submissions: Int, tokens: Int = 1) {
        self.tokens = tokens
        (self.card, self.spans, self.submissions) = (card, spans.filter { !$0.isEmpty }, submissions)
    }

    package var dispatches: Int { spans.reduce(0) { $0 + $1.count } }
    /// One between two spans.
    package var barriers: Int { max(0, spans.count - 1) }
    package var byteCount: Int { spans.joined().reduce(0) { $0 + $1.estimate.byteCount } }

    /// Seconds of the kernels' own work.
    package var kernelSeconds: Double { spans.reduce(0) { $0 + Self.seconds($1) } }

    /// Seconds between kernels, and of submissions.
    package var overheadSeconds: Double {
        Double(spans.count) * (EstimateConstants.barrier + EstimateConstants.ramp)
            + Double(submissions) * EstimateConstants.submission
    }

    package var seconds: Double { kernelSeconds + overheadSeconds }
    package var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }

    /// The part of the datasheet's bandwidth that its bytes take.
    package var bandwidthShare: Double { seconds > 0 ? Double(byteCount) / seconds / card.bandwidth : 0 }

    /// The time of dispatches side by side: bytes and instructions add up, waits overlap while there is room.
    package static func seconds(_ span: [Item]) -> Double {
        let estimates = span.map(\.estimate)
        let filled = estimates.reduce(0.0) {
            $0 + $1.latency * min(1, Double($1.subgroups) / Double(max(1, $1.room)))
        }
        let latency = max(filled, estimates.map(\.latency).max() ?? 0)
        return max(
            estimates.reduce(0) { $0 + $1.bandwidth }, estimates.reduce(0) { $0 + $1.issue }, latency)
    }

    /// Alike dispatches together, those first that take longest in all.
    package var rows: [Row] {
        var rows: [String: Row] = [:]
        for item in spans.joined() {
            rows["\(item.name) \(item.shape)", default: Row(item: item, count: 0)].count += 1
        }
        return rows.sorted {
            let (a, b) = ($0.value.seconds, $1.value.seconds)
            return a == b ? $0.key < $1.key : a > b
        }.map(\.value)
    }
}

extension TokenEstimate.Row {
    /// Of all of them.
    package var seconds: Double { Double(count) * item.estimate.seconds }
}
