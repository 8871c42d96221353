package import LlamaradaDevice
package import LlamaradaLab

/// A profile as text, JSON and a page; the words that these share are here.
package struct ProfileReport {
    /// The model's file and name.
    package struct Model {
        let path: String
        let name: String

        package init(path: String, name: String) {
            self.path = path
            self.name = name
        }
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
    let build: BuildStamp
    let sections: [Section]
    let roofline: Roofline

    /// - Parameters:
    ///   - isSynthetic: whether the prompt's tokens came from a generator.
    package init(
        profile: Profile, model: Model, device: DeviceDescription, isSynthetic: Bool, build: BuildStamp
    ) {
        self.profile = profile
        self.model = model
        self.device = device
        self.isSynthetic = isSynthetic
        self.build = build
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

    /// Tokens a second without timestamps, of the phases that were run.
    var speeds: [(phase: TimedStep.Phase, text: String)] {
        let (request, plain) = (profile.request, profile.plain)
        let measured: [(TimedStep.Phase, Int, Double)] = [
            (.prompt, request.prompt.count, plain.promptSeconds), (.decode, request.decoded, plain.decodeSeconds),
        ]
        return measured.filter { $0.1 > 0 }.map { phase, count, seconds in
            (phase, "\(HumanUnits.fixed(seconds > 0 ? Double(count) / seconds : 0, digits: 1)) tokens/s")
        }
    }

    var speedLine: String {
        speeds.map { "\($0.phase.rawValue) \($0.text)" }.joined(separator: ", ")
            + "; with timestamps the same tokens were chosen"
    }

    /// What the timestamps cost; empty where it was not measured.
    var overheadLine: String {
        profile.overheads.map { overhead in
            "\(overhead.mode.title) ×\(HumanUnits.fixed(overhead.median, digits: 3)) (\(overhead.extremes))"
        }.joined(separator: ", ")
    }

    var clockLine: String {
        profile.isCalibrated
            ? "device and host times are on one clock, by calibrated timestamps"
            : "the driver relates no clocks: device times are placed at the submission's start"
    }
}

extension ProfilingOverhead {
    /// The least and the greatest ratio.
    var extremes: String {
        let ends = [ratios.first, ratios.last].map { HumanUnits.fixed($0 ?? .nan, digits: 3) }
        return ends.joined(separator: " to ")
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
