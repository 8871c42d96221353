import LlamaradaDevice
import LlamaradaLab

extension ProfileReport {
    /// Most slices of a timeline: what a page draws at ease, and some 30 decode steps of a model of 30 layers.
    private static let timelineLimit = 20_000

    /// What the scripts draw.
    var pageData: JSON {
        .object([
            ("roofs", roofs),
            (
                "sections",
                .array(
                    sections.map { section in
                        .object([
                            ("id", .string(section.id)), ("title", .string(section.title)),
                            ("mode", .string(section.mode.rawValue)), ("data", json(of: section)),
                        ])
                    })
            ),
            ("timelines", .array(profile.measurements.map(timeline))),
        ])
    }

    /// Slices as arrays of numbers, names by index; times are in whole nanoseconds since the first.
    private func timeline(_ measurement: Profile.Measurement) -> JSON {
        let zero = measurement.steps.map { min($0.host.start, $0.spans.first?.start ?? .infinity) }.min() ?? 0
        var names = NameList()
        var kernels: [JSON] = []
        var passes: [JSON] = []
        var shown = 0
        for step in measurement.steps where kernels.count < Self.timelineLimit || shown < 2 {
            shown += 1
            let host = [
                step.host.start, step.host.recordEnd, step.host.submitEnd, step.host.waitEnd, step.host.readEnd,
            ]
            passes.append(
                .array([.integer(names.index(step.title))] + host.map { .integer(Int(($0 - zero).rounded())) }))
            for span in step.spans {
                let label = SpanLabel(step.operations[span.operations])
                let start = Int((span.start - zero).rounded())
                kernels.append(
                    .array(
                        [
                            start, Int((span.end - zero).rounded()) - start, names.index(label.kernel),
                            names.index(label.shape + (label.depth.map { " @ \($0)" } ?? "")),
                            names.index(label.scope), label.cost.bytes, label.cost.flops, shown - 1,
                        ].map { .integer($0) }))
            }
        }
        return .object([
            ("mode", .string(measurement.mode.rawValue)), ("left", .integer(measurement.steps.count - shown)),
            ("names", .array(names.list.map { .string($0) })), ("passes", .array(passes)), ("kernels", .array(kernels)),
        ])
    }

    private struct NameList {
        var list: [String] = []
        private var indices: [String: Int] = [:]

        mutating func index(_ name: String) -> Int {
            if let known = indices[name] { return known }
            indices[name] = list.count
            list.append(name)
            return list.count - 1
        }
    }
}
