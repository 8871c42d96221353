import LlamaradaDevice
import LlamaradaErrors
package import LlamaradaTensors

extension TokenEstimate {
    /// The estimate of another program's token, from a file that says what it dispatches:
    ///
    ///     {"submissions": 3,
    ///      "kernels": {"NAME": {"code": "the driver's text", "subgroup": 32, "workgroup": 64,
    ///                           "statistics": {"a driver's name": 1}}},
    ///      "spans": [{"repeat": 32, "dispatches": [{"kernel": "NAME", "shape": "(4096, 4096)", "workgroups": 4096,
    ///                                               "bytes": 9437184, "readable": {"0": 9437184}}]}]}
    ///
    /// A dispatch whose kernel is not among `kernels` moves its bytes, and nothing else is known of it.
    ///
    /// - Throws: `CheckpointError` where the file cannot be read or says something else.
    package init(path: String, on card: Card) throws(CheckpointError) {
        let file = try ModelFile(path: path, as: "outline")
        let json = try JSONValue(file, range: 0..<file.byteCount)
        var spans: [[Item]] = []
        for span in json["spans"]?.elements ?? [] {
            var items: [Item] = []
            for dispatch in span["dispatches"]?.elements ?? [] {
                guard let item = Self.item(dispatch, json["kernels"], card) else {
                    throw CheckpointError(
                        .invalid, file: path, problem: "a dispatch without 'kernel', 'workgroups' or 'bytes'",
                        remedy: .noneKnown)
                }
                items.append(item)
            }
            // No token of any program has a million kernels.
            let count = min(max(0, span["repeat"]?.integer ?? 1), 1_000_000 / max(1, items.count))
            spans += Array(repeating: items, count: count)
        }
        guard !spans.joined().isEmpty else {
            throw CheckpointError(.invalid, file: path, problem: "no dispatches in 'spans'", remedy: .noneKnown)
        }
        self.init(card: card, spans: spans, submissions: json["submissions"]?.integer ?? 1)
    }

    private static let most = 1 << 40

    /// A number that arithmetic on cannot overflow.
    private static func count(_ value: JSONValue?) -> Int? {
        value?.integer.flatMap { (0..<most).contains($0) ? $0 : nil }
    }

    private static func item(_ dispatch: JSONValue, _ kernels: JSONValue?, _ card: Card) -> Item? {
        guard let name = dispatch["kernel"]?.text, let byteCount = count(dispatch["bytes"]),
            let workgroups = count(dispatch["workgroups"])
        else { return nil }
        let shape = dispatch["shape"]?.text ?? ""
        guard let kernel = kernels?[name], let text = kernel["code"]?.text else {
            return Item(name: name, shape: shape, estimate: KernelEstimate(byteCount: byteCount, on: card))
        }
        let subgroup = min(1024, count(kernel["subgroup"]) ?? 32)
        let statistics = (kernel["statistics"]?.members ?? []).compactMap { member in
            member.value.integer.map { PipelineStatistic(name: member.name, value: Double($0)) }
        }
        let readable = (dispatch["readable"]?.members ?? []).compactMap { member in
            Int(member.name).flatMap { binding in count(member.value).map { (binding, $0) } }
        }
        let work = KernelWork(
            code: card.code(text, subgroup: subgroup),
            figures: PipelineFigures(PipelineStatistics(subgroupSize: subgroup, statistics: statistics)),
            subgroup: subgroup, workgroup: min(1024, count(kernel["workgroup"]) ?? subgroup), workgroups: workgroups,
            byteCount: byteCount, readByteCount: byteCount,
            readable: Dictionary(readable, uniquingKeysWith: { max($0, $1) }))
        return Item(name: name, shape: shape, estimate: KernelEstimate(work, on: card))
    }
}
