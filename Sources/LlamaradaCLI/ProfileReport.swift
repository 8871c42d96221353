import Llamarada
import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

/// A profile for people: text, and the numbers that the page shares with it.
struct ProfileReport {
    struct Model {
        var path: String
        var name: String
    }

    /// One phase in one mode.
    struct Section {
        let phase: TimedStep.Phase
        let mode: TimingMode
        let total: ProfileAggregate

        /// For a page's elements and scripts.
        var id: String { "\(phase.rawValue)-\(mode.rawValue)" }
        var title: String { "\(phase == .prompt ? "Prompt" : "Decode"), \(mode.title)" }
        var explanation: String {
            mode == .serialized
                ? "each dispatch alone behind a barrier: a kernel's own time"
                : "as it runs; dispatches that no barrier separates are timed together"
        }
    }

    let profile: Profile
    let model: Model
    let device: DeviceDescription
    let isSynthetic: Bool
    let sections: [Section]
    let roofline: Roofline

    init(profile: Profile, model: Model, device: DeviceDescription, isSynthetic: Bool) {
        self.profile = profile
        self.model = model
        self.device = device
        self.isSynthetic = isSynthetic
        roofline = Roofline(profile.peaks)
        // The serialised times first, since they answer which kernel to look at.
        sections = profile.phases.flatMap { phase in
            profile.measurements.reversed().map {
                Section(phase: phase, mode: $0.mode, total: ProfileAggregate($0.steps(of: phase)))
            }
        }
    }

    /// What was run, in words.
    var workLine: String {
        let request = profile.request
        let source = isSynthetic ? "synthetic " : ""
        var parts: [String] = []
        if !request.prompt.isEmpty {
            parts.append("\(request.prompt.count) \(source)prompt tokens at \(request.depth)")
        }
        if request.decoded > 0 {
            parts.append("\(request.decoded) tokens decoded from \(request.depth + request.prompt.count) on")
        }
        return parts.joined(separator: ", then ")
    }

    var roofLine: String {
        "\(HumanUnits.giga(profile.peaks.readBandwidth)) GB/s read, \(HumanUnits.giga(profile.peaks.flops)) GFLOP/s; "
            + "they meet at \(HumanUnits.fixed(roofline.ridge, digits: 1)) FLOP/byte"
    }

    /// Speeds without timestamps.
    var speedLine: String {
        var parts: [String] = []
        func rate(_ count: Int, _ seconds: Double) -> String {
            HumanUnits.fixed(seconds > 0 ? Double(count) / seconds : 0, digits: 1)
        }
        if !profile.request.prompt.isEmpty {
            parts.append("prompt \(rate(profile.request.prompt.count, profile.plain.promptSeconds)) tokens/s")
        }
        if profile.request.decoded > 0 {
            parts.append("decode \(rate(profile.request.decoded, profile.plain.decodeSeconds)) tokens/s")
        }
        return parts.joined(separator: ", ") + "; with timestamps the same tokens were chosen"
    }

    /// What the timestamps cost; empty where it was not measured.
    var overheadLine: String {
        profile.overheads.map { overhead in
            let (least, most) = (overhead.ratios.first ?? .nan, overhead.ratios.last ?? .nan)
            return "\(overhead.mode.title) ×\(HumanUnits.fixed(overhead.median, digits: 3)) "
                + "(\(HumanUnits.fixed(least, digits: 3)) to \(HumanUnits.fixed(most, digits: 3)))"
        }.joined(separator: ", ")
    }

    var clockLine: String {
        profile.isCalibrated
            ? "device and host times are on one clock, by calibrated timestamps"
            : "the driver relates no clocks: device times are placed at the submission's start"
    }
}

// MARK: - Text

extension ProfileReport {
    var text: String {
        var table = TextTable([.left, .left])
        table.add("model", "\(model.path) (\(model.name))".escapingControls)
        table.add("device", "\(device.name), \(device.driver) \(device.driverInfo)".escapingControls)
        table.add("work", workLine)
        table.add("roofs", "measured: \(roofLine)")
        table.add("speed", "without timestamps: \(speedLine)")
        if !profile.overheads.isEmpty {
            let pairs = profile.overheads.first?.ratios.count ?? 0
            table.add("cost", "of timestamps in decode steps: \(overheadLine); median of \(pairs) alternated pairs")
        }
        table.add("clock", clockLine)
        table.add("build", BuildInfo.versionAndCommit)
        return "Profile\n" + table.text + sections.map { "\n" + text(of: $0) }.joined()
    }

    private func text(of section: Section) -> String {
        let total = section.total
        var table = TextTable([
            .right, .right, .right, .right, .right, .right, .right, .right, .right, .left, .left, .left,
        ])
        table.add("share", "total", "calls", "mean", "min", "max", "GB/s", "GFLOP/s", "of roof", "", "kernel", "shape")
        for row in total.rows {
            let place = roofline.place(row.cost, nanoseconds: row.total)
            table.add(
                HumanUnits.percent(row.total / total.kernelTime), HumanUnits.duration(nanoseconds: row.total),
                "\(row.calls)", HumanUnits.duration(nanoseconds: row.mean), HumanUnits.duration(nanoseconds: row.least),
                HumanUnits.duration(nanoseconds: row.most), HumanUnits.giga(place.bandwidth),
                HumanUnits.giga(place.flops), HumanUnits.percent(place.share, digits: 0), place.roof.rawValue,
                row.kernel, row.fullShape)
        }
        return """
            \(section.title) (\(section.explanation))
            \(table.text)
            \(summary(of: section))
            """
    }

    private func summary(of section: Section) -> String {
        var table = TextTable([.left, .left])
        table.add("device", deviceLine(section.total))
        table.add("host", hostLine(section.total))
        table.add("places", Self.placesLine(section.total))
        return table.text
    }

    func deviceLine(_ total: ProfileAggregate) -> String {
        let gaps = total.gaps
        return "kernels \(HumanUnits.duration(nanoseconds: total.kernelTime)) "
            + "+ gaps \(HumanUnits.duration(nanoseconds: gaps.total)) "
            + "= span \(HumanUnits.duration(nanoseconds: total.span)); "
            + "gaps are \(HumanUnits.percent(gaps.total / total.span)): \(gaps.count), "
            + "longest \(HumanUnits.duration(nanoseconds: gaps.longest)), "
            + "\(HumanUnits.duration(nanoseconds: gaps.betweenSubmissions)) of them between submissions"
    }

    func hostLine(_ total: ProfileAggregate) -> String {
        let host = total.host
        return "record \(HumanUnits.duration(nanoseconds: host.record)) "
            + "+ submit \(HumanUnits.duration(nanoseconds: host.submit)) "
            + "+ wait \(HumanUnits.duration(nanoseconds: host.wait)) "
            + "+ read back \(HumanUnits.duration(nanoseconds: host.read)) "
            + "= \(HumanUnits.duration(nanoseconds: host.total)), of which the device was idle "
            + "\(HumanUnits.percent(1 - total.span / host.total)); \(total.passes) passes, "
            + "\(total.submissions) submissions, \(total.operations) operations"
    }

    /// The layers as one, with the extremes among them; other places one by one.
    static func placesLine(_ total: ProfileAggregate) -> String {
        let layers = total.groups.filter { $0.scope.hasPrefix("layer ") }
        var parts = total.groups.filter { !$0.scope.hasPrefix("layer ") }.map {
            "\($0.scope) \(HumanUnits.duration(nanoseconds: $0.total))"
        }
        if let least = layers.min(by: { $0.total < $1.total }), let most = layers.max(by: { $0.total < $1.total }) {
            let sum = layers.reduce(0) { $0 + $1.total }
            parts.insert(
                "\(layers.count) layers \(HumanUnits.duration(nanoseconds: sum)), from "
                    + "\(HumanUnits.duration(nanoseconds: least.total)) (\(least.scope)) to "
                    + "\(HumanUnits.duration(nanoseconds: most.total)) (\(most.scope))", at: 0)
        }
        return parts.joined(separator: "; ")
    }
}

extension ProfileAggregate.Row {
    /// The shape with the depths that the calls saw.
    var fullShape: String {
        guard let depths else { return shape }
        return depths.count == 1
            ? "\(shape) @ \(depths.lowerBound)" : "\(shape) @ \(depths.lowerBound)–\(depths.upperBound)"
    }

    /// The kernels without their variants.
    var stem: String { SpanLabel.stem(of: kernel) }
}
