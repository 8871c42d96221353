import LlamaradaDevice
import LlamaradaLab

/// The columns of a section's kernels.
enum ProfileColumns {
    /// A kernel over one shape, with its part of the section's time and its place under the roofs.
    struct Row {
        let total: ProfileAggregate.Row
        let share: Double
        let place: Roofline.Placement
    }

    static let table = Table(identity + times + rates)

    /// The columns for people on a terminal, where long names come last.
    static let text = table.selecting(measures + ["kernel", "shape"])
    /// The columns for people on a page.
    static let page = table.selecting(["kernel", "shape"] + measures)

    private static let measures = [
        "share", "total_nanoseconds", "calls", "mean_nanoseconds", "min_nanoseconds", "max_nanoseconds",
        "bytes_per_second", "flops_per_second", "share_of_roof", "roof",
    ]

    private static let identity: [Column<Row>] = [
        Column("kernel", key: "kernel", .left) { .text($0.total.kernel) }
            .marked { "<i class=\"dot\" data-stem=\"\($0.total.stem.escapedForHTML)\"></i>" },
        Column(key: "stem") { .text($0.total.stem) },
        Column("shape", key: "shape", .left) { .text($0.total.fullShape) },
    ]

    private static let times: [Column<Row>] = [
        Column("calls", key: "calls") { .integer($0.total.calls) },
        Column("total", key: "total_nanoseconds") { .number($0.total.total, .duration) },
        Column("mean", key: "mean_nanoseconds") { .number($0.total.mean, .duration) },
        Column("min", key: "min_nanoseconds") { .number($0.total.least, .duration) },
        Column("max", key: "max_nanoseconds") { .number($0.total.most, .duration) },
        Column("share", key: "share") { .number($0.share, .percent()) }
            .marked { "<s style=\"width:\(HumanUnits.fixed(5 * $0.share, digits: 2))rem\"></s>" },
    ]

    private static let rates: [Column<Row>] = [
        Column(key: "bytes") { .integer($0.total.cost.bytes) },
        Column(key: "flops") { .integer($0.total.cost.flops) },
        Column("GB/s", key: "bytes_per_second") { .number($0.place.bandwidth, .giga) },
        Column("GFLOP/s", key: "flops_per_second") { .number($0.place.flops, .giga) },
        Column(key: "intensity") { .number(orMissing: $0.place.intensity) },
        Column("roof", key: "roof", .left) { .text($0.place.roof.rawValue) },
        Column("of roof", key: "share_of_roof") { .number($0.place.share, .percent(0)) },
    ]
}
