import Llamarada
import LlamaradaDevice
import LlamaradaLab

extension ProfileReport {
    /// Roofline, places, tables and timeline on one page that needs no network.
    var page: HTMLPage {
        HTMLPage(
            title: "Profile: \(model.name) on \(device.name)", style: ProfilePageStyle.text, body: body,
            data: [("profile", pageData)], script: ProfilePageScript.text)
    }

    private var body: String {
        """
        <h1>\(model.name.escapedForHTML) on \(device.name.escapedForHTML)</h1>
        <p class="quiet">\(workLine.escapedForHTML). \(model.path.escapedForHTML), \
        \("\(device.driver) \(device.driverInfo)".escapedForHTML).</p>
        <div class="cards">\(cards)</div>
        <div class="choices" id="choices" role="group" aria-label="Phase and mode"></div>
        <section><h2>Roofline</h2>
        <p class="quiet">Each circle is a kernel over one shape, its area the share of time. Roofs, measured: \
        \(roofLine.escapedForHTML). Above a roof only caches can be at work.</p>
        <div id="roofline"></div></section>
        <section><h2>Time by place in the model</h2><div id="places"></div></section>
        <section><h2>Timeline</h2>
        <p class="quiet">Drag to move, Ctrl and wheel or + and − to zoom, double click for a slice's whole width, arrow \
        keys when focused; \(clockLine.escapedForHTML).</p>
        <div class="choices" id="views" role="group" aria-label="Timeline view"></div>
        <canvas id="timeline" tabindex="0" role="img" aria-label="Timeline of host and device"></canvas></section>
        \(sections.map(html(of:)).joined(separator: "\n"))
        <div id="hint" role="tooltip"></div>
        """
    }

    private var cards: String {
        var cards: [(String, String, String)] = []
        let request = profile.request
        if !request.prompt.isEmpty {
            let rate = Double(request.prompt.count) / profile.plain.promptSeconds
            cards.append(("\(HumanUnits.fixed(rate, digits: 1)) tokens/s", "prompt", "without timestamps"))
        }
        if request.decoded > 0 {
            let rate = Double(request.decoded) / profile.plain.decodeSeconds
            cards.append(("\(HumanUnits.fixed(rate, digits: 1)) tokens/s", "decode", "without timestamps"))
        }
        for section in sections where section.mode == .overlapped {
            let total = section.total
            cards.append(
                (
                    HumanUnits.percent(total.kernelTime / total.host.total), "\(section.phase.rawValue): kernels run",
                    "gaps \(HumanUnits.percent(total.gaps.total / total.host.total)), "
                        + "device idle \(HumanUnits.percent(1 - total.span / total.host.total))"
                ))
        }
        for overhead in profile.overheads {
            cards.append(
                (
                    "×\(HumanUnits.fixed(overhead.median, digits: 3))", "timestamps' cost, \(overhead.mode.title)",
                    "\(HumanUnits.fixed(overhead.ratios.first ?? .nan, digits: 3)) to "
                        + HumanUnits.fixed(overhead.ratios.last ?? .nan, digits: 3)
                ))
        }
        return cards.map {
            "<div><b>\($0.0.escapedForHTML)</b><span>\($0.1.escapedForHTML)</span>"
                + "<span class=\"quiet\">\($0.2.escapedForHTML)</span></div>"
        }.joined()
    }

    /// A section's table: there without scripts too.
    private func html(of section: Section) -> String {
        let total = section.total
        let rows = total.rows.map { html(of: $0, share: $0.total / total.kernelTime) }.joined(separator: "\n")
        return """
            <section class="kernels" id="\(section.id)"><h2>Kernels: \(section.title)</h2>
            <p class="quiet">\(section.explanation.escapedForHTML).</p>
            <table><thead><tr><th class="text">Kernel</th><th class="text">Shape</th><th class="text">Share</th>\
            <th>Total</th><th>Calls</th><th>Mean</th><th>Min</th><th>Max</th><th>GB/s</th><th>GFLOP/s</th>\
            <th>Of roof</th><th class="text">Roof</th></tr></thead><tbody>
            \(rows)
            </tbody></table>
            <p class="quiet">Device: \(deviceLine(total).escapedForHTML).<br>Host: \(hostLine(total).escapedForHTML).</p>
            </section>
            """
    }

    private func html(of row: ProfileAggregate.Row, share: Double) -> String {
        let place = roofline.place(row.cost, nanoseconds: row.total)
        let cells = [
            HumanUnits.duration(nanoseconds: row.total), "\(row.calls)", HumanUnits.duration(nanoseconds: row.mean),
            HumanUnits.duration(nanoseconds: row.least), HumanUnits.duration(nanoseconds: row.most),
            HumanUnits.giga(place.bandwidth), HumanUnits.giga(place.flops), HumanUnits.percent(place.share, digits: 0),
        ]
        let width = HumanUnits.fixed(100 * share, digits: 1)
        return
            "<tr><td class=\"text\"><i data-stem=\"\(row.stem.escapedForHTML)\"></i>\(row.kernel.escapedForHTML)</td>"
            + "<td class=\"text\">\(row.fullShape.escapedForHTML)</td>"
            + "<td class=\"text share\"><s style=\"width:calc(\(width)% * .5)\"></s>\(HumanUnits.percent(share))</td>"
            + cells.map { "<td>\($0)</td>" }.joined() + "<td class=\"text\">\(place.roof.rawValue)</td></tr>"
    }
}

// MARK: - Data for the script

extension ProfileReport {
    /// Most slices of a timeline: what a page draws at ease, and some 30 decode steps of a model of 30 layers.
    private static let timelineLimit = 20_000

    private var pageData: JSON {
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
