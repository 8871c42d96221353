import LlamaradaDevice
import LlamaradaLab
import LlamaradaTensors

extension ProfileReport {
    /// What was measured, and a table for every section.
    package var text: String {
        var facts = [
            ("model", "\(model.path) (\(model.name))"),
            ("device", "\(device.name), \(device.driver) \(device.driverInfo)"), ("work", workLine),
            ("roofs", "measured: \(roofLine)"), ("speed", "without timestamps: \(speedLine)"),
        ]
        if !profile.overheads.isEmpty {
            let pairs = profile.overheads.first?.ratios.count ?? 0
            facts.append(
                ("cost", "of timestamps in decode steps: \(overheadLine); median of \(pairs) alternated pairs"))
        }
        facts += [("clock", clockLine), ("build", build.versionAndCommit)]
        return "Profile\n" + Facts.text(facts) + sections.map { "\n" + text(of: $0) }.joined()
    }

    private func text(of section: Section) -> String {
        let total = section.total
        let summary = Facts.text([
            ("device", deviceLine(total)), ("host", hostLine(total)), ("places", Self.placesLine(total)),
        ])
        return """
            \(section.title) (\(section.explanation))
            \(ProfileColumns.text.text(rows(of: total)))
            \(summary)
            """
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
