import LlamaradaDevice
import LlamaradaLab

extension ProfileReport {
    /// Roofline, places, tables and timeline on one page that needs no network.
    package var page: HTMLPage {
        HTMLPage(
            title: "Profile: \(model.name) on \(device.name)", styles: [PageFiles.profileCSS], body: body,
            report: pageData,
            scripts: [
                PageFiles.coloursJS, PageFiles.rooflineJS, PageFiles.placesJS, PageFiles.timelineJS,
                PageFiles.profileJS,
            ])
    }

    private var body: String {
        """
        <header>
        <p class="kind">llamarada profile</p>
        <h1>\(model.name.escapedForHTML) on \(device.name.escapedForHTML)</h1>
        <p class="quiet">\(workLine.escapedForHTML). \(model.path.escapedForHTML), \
        \("\(device.driver) \(device.driverInfo)".escapedForHTML).</p>
        </header>
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
        """
    }

    private var cards: String {
        var cards = speeds.map { ($0.text, $0.phase.rawValue, "without timestamps") }
        for section in sections where section.mode == .overlapped {
            let (total, whole) = (section.total, section.total.host.total)
            let idle = HumanUnits.percent(1 - total.span / whole)
            cards.append(
                (
                    HumanUnits.percent(total.kernelTime / whole), "\(section.phase.rawValue): kernels run",
                    "gaps \(HumanUnits.percent(total.gaps.total / whole)), device idle \(idle)"
                ))
        }
        for overhead in profile.overheads {
            let median = HumanUnits.fixed(overhead.median, digits: 3)
            cards.append(("×\(median)", "timestamps' cost, \(overhead.mode.title)", overhead.extremes))
        }
        return cards.map {
            "<div><b>\($0.0.escapedForHTML)</b><span>\($0.1.escapedForHTML)</span>"
                + "<span class=\"quiet\">\($0.2.escapedForHTML)</span></div>"
        }.joined()
    }

    /// A section's table: there without scripts too.
    private func html(of section: Section) -> String {
        let total = section.total
        return """
            <section class="kernels" id="\(section.id)"><h2>Kernels: \(section.title)</h2>
            <p class="quiet">\(section.explanation.escapedForHTML).</p>
            \(ProfileColumns.page.html(rows(of: total)))
            <p class="quiet">Device: \(deviceLine(total).escapedForHTML).<br>Host: \(hostLine(total).escapedForHTML).</p>
            </section>
            """
    }
}
