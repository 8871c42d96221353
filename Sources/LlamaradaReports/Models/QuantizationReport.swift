package import LlamaradaTensors

/// What a quantiser makes of a model, as text or JSON.
package struct QuantizationReport {
    let plan: QuantizationPlan

    package init(_ plan: QuantizationPlan) { self.plan = plan }

    /// A line for each tensor, what does not fit, and the sizes.
    package var text: String {
        let notes = [fallbackNote, importanceNote].compactMap { $0 }.map { "\($0)\n" }.joined()
        return Self.table.text(plan.entries) + notes + "\(summary)\n"
    }

    /// Everything.
    package var json: JSON {
        let bytes = plan.byteCounts
        return .object([
            ("type", plan.preset.map { .string($0.name) } ?? .null),
            ("file_type", plan.preset.map { .integer($0.fileType) } ?? .null),
            ("parameters", .integer(plan.elementCount)), ("bytes_before", .integer(bytes.before)),
            ("bytes_after", .integer(bytes.after)), ("bits_per_weight", bitsPerWeight.map { .number($0) } ?? .null),
            ("matrices_by_importance", .integer(plan.entries.count { $0.importance != nil })),
            ("tensors", Self.table.json(plan.entries)),
        ])
    }

    /// The sizes before and after.
    package var summary: String {
        let bytes = plan.byteCounts
        let bits = bitsPerWeight.map { ", \(HumanUnits.fixed($0, digits: 2)) bits a weight" } ?? ""
        return
            "\(plan.preset?.name ?? "types as they are"): \(HumanUnits.bytes(bytes.before)) become \(HumanUnits.bytes(bytes.after))\(bits)"
    }

    /// Which types stand in for others whose blocks do not divide the rows; nil where there are none.
    package var fallbackNote: String? {
        let fallbacks = plan.entries.filter(\.isFallback)
        guard let first = fallbacks.first else { return nil }
        let pairs = ElementType.allCases.flatMap { wanted in
            ElementType.allCases.compactMap { found -> String? in
                let count = fallbacks.count { $0.wanted == wanted && $0.elementType == found }
                return count > 0 ? "\(count) × \(found) in the place of \(wanted)" : nil
            }
        }
        return "\(fallbacks.count) of \(plan.entries.count) tensors have rows that are no whole blocks, such as "
            + "\(first.tensor.name.escapingControls) with \(first.tensor.columnCount) columns: "
            + pairs.joined(separator: ", ")
    }

    /// How many of the matrices the importance speaks of; nil where none was given.
    package var importanceNote: String? {
        guard let (matrix, path) = plan.importance else { return nil }
        let searched = plan.entries.filter { !$0.isCopied && $0.elementType.usesImportance }
        guard !searched.isEmpty else {
            return "\(path.quoted()) changes nothing: no matrix gets a type that makes use of it"
        }
        let text = matrix.datasets.first.map { ", measured on \($0.quoted())" } ?? ""
        return "\(path.quoted()) says which columns matter of \(searched.count { $0.importance != nil }) of "
            + "\(searched.count) matrices\(text)"
    }

    private var bitsPerWeight: Double? {
        plan.elementCount > 0 ? Double(plan.byteCounts.after) * 8 / Double(plan.elementCount) : nil
    }

    private static let table = Table<QuantizationPlan.Entry>([
        Column("name", key: "name", .left) { .text($0.tensor.name) },
        Column("shape", key: "shape") { entry in
            .nested(
                .array(entry.tensor.shape.map { .integer($0) }),
                text: entry.tensor.shape.map(String.init).joined(separator: " × "))
        },
        Column("from", key: "type_before", .left) { .text($0.tensor.elementType.name) },
        Column("to", key: "type_after", .left) { .text($0.elementType.name) },
        Column("size", key: "bytes_after") { .integer($0.byteCount, .bytes) },
        Column("", key: "type_wanted", .left) { entry in
            entry.isFallback ? .text(entry.wanted.name) : .text("")
        },
    ])
}
