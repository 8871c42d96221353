package import LlamaradaLab
import LlamaradaTensors

/// How long a token is estimated to take on a card that is not there, as text or JSON.
package struct EstimateReport {
    let estimate: TokenEstimate
    /// What is decoded: a model's file, or a shape and its type.
    let subject: String
    let depth: Int?
    /// The driver that compiled, and its version.
    let driver: String?

    package init(_ estimate: TokenEstimate, subject: String, depth: Int?, driver: String?) {
        (self.estimate, self.subject, self.depth, self.driver) = (estimate, subject, depth, driver)
    }

    /// The table, the sums, and what its heads mean.
    package var text: String {
        let card = estimate.card
        return """
            Modelled, not measured: \(card.name), \(HumanUnits.giga(card.bandwidth)) GB/s, \
            \(subject.escapingControls)\
            \(depth.map { " at depth \($0)" } ?? "")\(driver.map { ", \($0)" } ?? "")

            \(Self.table.text(estimate.rows))
            \(estimate.tokens == 1 ? "a token" : "a prompt of \(estimate.tokens) tokens"): \
            \(milliseconds(estimate.seconds)), \(fixed(estimate.tokensPerSecond)) tokens/s (modelled\(rankNote))
            bytes: \(HumanUnits.bytes(estimate.byteCount)), \(HumanUnits.percent(estimate.bandwidthShare)) of the \
            datasheet's bandwidth
            kernels: \(milliseconds(estimate.kernelSeconds)) in \(estimate.dispatches) dispatches
            between them: \(milliseconds(estimate.overheadSeconds)) for \(estimate.barriers) barriers and \
            \(estimate.submissions) submissions

            µs: of one dispatch, the longest of the three: bandwidth, issue of instructions, latency of a wave's waits.
            waves, room: subgroups, and how many the card holds at once. flight: KB under way before the first wait, of
            all waves together. steps: iterations of the loop that brings the bytes, whose instructions follow by kind:
            float, integer, slow, scalar, loads, others, products of matrices. bytes: that a wave loads a step. units: the
            part of the cycles of issue that matrix units are busy for.

            """
    }

    /// The same for programs.
    package var json: JSON {
        .object([
            ("modelled", .bool(true)), ("ranks_only", .bool(estimate.card.isRankOnly)),
            ("card", .string(estimate.card.name)), ("gpu", .string(estimate.card.gpu)),
            ("driver_info", driver.map { .string($0) } ?? .null), ("subject", .string(subject)),
            ("tokens", .integer(estimate.tokens)),
            ("depth", depth.map { .integer($0) } ?? .null), ("seconds", .number(estimate.seconds)),
            ("tokens_per_second", .number(estimate.tokensPerSecond)), ("bytes", .integer(estimate.byteCount)),
            ("bandwidth_share", .number(estimate.bandwidthShare)),
            ("kernel_seconds", .number(estimate.kernelSeconds)),
            ("overhead_seconds", .number(estimate.overheadSeconds)), ("dispatches", .integer(estimate.dispatches)),
            ("barriers", .integer(estimate.barriers)), ("submissions", .integer(estimate.submissions)),
            ("kernels", Self.table.json(estimate.rows)),
        ])
    }

    private var rankNote: String {
        estimate.card.isRankOnly ? "; good for ranks only, since such estimates missed what people measured" : ""
    }

    private func milliseconds(_ seconds: Double) -> String { HumanUnits.fixed(1e3 * seconds, digits: 2) + " ms" }
    private func fixed(_ number: Double) -> String { HumanUnits.fixed(number, digits: 1) }
}

extension EstimateReport {
    private static let micro = NumberStyle.fixed(1, unit: 1e-6)

    private static let table = Table<TokenEstimate.Row>([
        Column("kernel", key: "kernel", .left) { .text($0.item.name) },
        Column("shape", key: "shape", .left) { .text($0.item.shape) },
        Column("times", key: "count") { .integer($0.count) },
        Column("µs", key: "seconds") { .number($0.item.estimate.seconds, micro) },
        Column("bound by", key: "bound", .left) { .text($0.item.estimate.bound.rawValue) },
        Column("bandw.", key: "bandwidth_seconds") { .number($0.item.estimate.bandwidth, micro) },
        Column("issue", key: "issue_seconds") { .number($0.item.estimate.issue, micro) },
        Column("latency", key: "latency_seconds") { .number($0.item.estimate.latency, micro) },
        Column("waves", key: "subgroups") { .integer($0.item.estimate.subgroups) },
        Column("room", key: "room") { .integer($0.item.estimate.room) },
        Column("flight", key: "bytes_in_flight") {
            .integer($0.item.estimate.bytesInFlight, .fixed(0, unit: 1e3))
        },
        Column("units", key: "matrix_share") { .number(orMissing: $0.item.estimate.matrixShare, .percent(0)) },
        Column("steps f/i/slow/sc/ld/o/m, bytes", key: "loops", .left) { row in
            .nested(
                .array(row.item.estimate.loops.map(json)),
                text: row.item.estimate.loops.map(text).joined(separator: "; "))
        },
    ])

    private static func text(_ loop: HotLoop) -> String {
        let c = loop.counts
        let kinds = [c.float, c.integer, c.slow, c.scalar, c.loads, c.other, c.matrix].map(String.init)
        return "\(HumanUnits.fixed(loop.iterations, digits: 1)) × \(kinds.joined(separator: "/")), \(loop.byteCount)"
    }

    private static func json(_ loop: HotLoop) -> JSON {
        let c = loop.counts
        return .object([
            ("iterations", .number(loop.iterations)), ("float", .integer(c.float)), ("integer", .integer(c.integer)),
            ("slow", .integer(c.slow)), ("scalar", .integer(c.scalar)), ("loads", .integer(c.loads)),
            ("other", .integer(c.other)), ("matrix", .integer(c.matrix)), ("bytes", .integer(loop.byteCount)),
            ("bytes_in_flight", .integer(loop.bytesInFlight)), ("loads_in_flight", .integer(loop.loadsInFlight)),
            ("cycles", .integer(loop.cycles)),
        ])
    }
}
