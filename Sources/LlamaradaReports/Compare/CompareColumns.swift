import Llamarada
import LlamaradaLab

/// The columns of compared tensors.
enum CompareColumns {
    static let table = Table(identity + endToEnd + alone)

    /// The columns for people, in their order.
    static let shown = table.selecting([
        "tensor", "kernel", "alone", "of bound", "NMSE", "max error", "max_rel", "1 - cosine",
    ])
    /// The same on a page, where prompt and decoding share a table.
    static let page = table.selecting(["phase"] + shown.columns.map(\.head.name))

    private static let identity: [Column<ComparedTensor>] = [
        Column("phase", key: "phase", .left) { .text($0.phase.rawValue) },
        Column("tensor", .left) { .text($0.point.description) },
        Column(key: "layer") { .integer(orMissing: $0.point.layer) },
        Column(key: "operation") { .text($0.point.activation.rawValue) },
        Column("kernel", .left) { tensor in
            .text(tensor.weight.map { "\(tensor.kernel) \($0.type)" } ?? tensor.kernel)
        },
        Column(key: "kernel") { .text($0.kernel) },
        Column(key: "weight") { .text(orMissing: $0.weight?.name) },
        Column(key: "weight_type") { .text(orMissing: $0.weight?.type) },
        Column(key: "columns") { .integer($0.columns) },
    ]

    private static let endToEnd: [Column<ComparedTensor>] = [
        Column(key: "count") { .integer($0.endToEnd.count) },
        Column(key: "differing") { .integer($0.endToEnd.differingCount) },
        Column("NMSE") { .number($0.endToEnd.nmse, style(of: $0.endToEnd)) },
        Column(key: "nmse") { .number($0.endToEnd.nmse) },
        Column("1 - cosine") { .number(1 - $0.endToEnd.cosine, .scientific) },
        Column(key: "cosine") { .number($0.endToEnd.cosine) },
        Column("max error") { .number($0.endToEnd.maxAbsolute, place(of: $0.endToEnd)) },
        Column(key: "max_abs") { .number($0.endToEnd.maxAbsolute) },
        Column(key: "max_abs_at") { .nested(json($0.endToEnd.maxAbsoluteAt)) },
        Column("relative", key: "max_rel") { .number($0.endToEnd.maxRelative, .scientific) },
        Column(key: "max_rel_at") { .nested(json($0.endToEnd.maxRelativeAt)) },
        Column(key: "non_finite_examined") { .integer($0.endToEnd.nonFiniteActual) },
        Column(key: "non_finite_against") { .integer($0.endToEnd.nonFiniteExpected) },
    ]

    private static let alone: [Column<ComparedTensor>] = [
        Column("alone") { .number(orMissing: $0.alone?.nmse, .scientific) },
        Column("of bound") { .number(orMissing: $0.share, .percent()) },
        Column(key: "alone") { tensor in tensor.alone.map { .nested(json($0, of: tensor)) } ?? .missing },
    ]

    /// The number, and how many values were not finite.
    private static func style(of difference: TensorDifference) -> NumberStyle {
        let (actual, expected) = (difference.nonFiniteActual, difference.nonFiniteExpected)
        if actual + expected == 0 { return .scientific }
        return NumberStyle { "\(HumanUnits.scientific($0)) (\(actual)/\(expected) not finite)" }
    }

    /// The number, and where it is.
    private static func place(of difference: TensorDifference) -> NumberStyle {
        let place = difference.maxAbsoluteAt
        return NumberStyle { HumanUnits.scientific($0) + ($0 == 0 ? "" : " at (\(place.token), \(place.column))") }
    }

    private static func json(_ alone: OwnError, of tensor: ComparedTensor) -> JSON {
        .object([
            ("nmse", .number(alone.nmse)), ("element", .number(alone.element)), ("at", json(alone.at)),
            ("non_finite", .integer(alone.nonFiniteMismatches)),
            ("bound_nmse", tensor.bound.map { .number($0.nmse) } ?? .null),
            ("bound_element", tensor.bound.map { .number($0.element) } ?? .null),
            ("share", tensor.share.map { .number($0) } ?? .null), ("cause", .bool(tensor.isCause)),
        ])
    }

    private static func json(_ element: TensorDifference.Element) -> JSON {
        .object([
            ("token", .integer(element.token)), ("column", .integer(element.column)),
            ("examined", .number(element.actual)), ("against", .number(element.expected)),
        ])
    }
}
