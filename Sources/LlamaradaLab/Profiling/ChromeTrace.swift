import Llamarada
package import LlamaradaDevice

/// A profile as events of Chrome's Trace Event Format, which chrome://tracing and ui.perfetto.dev show.
///
/// One process is the host, one the device; each mode has a thread in each, since the same work ran once in each mode.
/// Slices nest: pass, then the place in the model, then kernels.
package struct ChromeTrace: Sendable {
    /// A slice ("X") or the name of a track ("M").
    package struct Event: Sendable {
        package enum Phase: String, Sendable {
            case complete = "X"
            case metadata = "M"
        }

        package enum Value: Sendable, Equatable {
            case text(String)
            case integer(Int)
        }

        package struct Argument: Sendable, Equatable {
            package var name: String
            package var value: Value
        }

        package var phase: Phase
        package var name: String
        package var category: String
        /// Whole nanoseconds since the trace began; the format has microseconds.
        package var start: Int
        package var duration: Int
        package var process: Int
        package var thread: Int
        package var arguments: [Argument]
    }

    package static let hostProcess = 1
    package static let deviceProcess = 2

    package private(set) var events: [Event] = []
    private let zero: Double

    package init(_ profile: Profile, deviceName: String) {
        zero =
            profile.measurements.flatMap { $0.steps.flatMap { [$0.host.start, $0.spans.first?.start ?? .infinity] } }
            .min() ?? 0
        let clock = profile.isCalibrated ? "" : " (placed at submission: the driver relates no clocks)"
        name(process: Self.hostProcess, "host")
        name(process: Self.deviceProcess, deviceName + clock)
        for (index, measurement) in profile.measurements.enumerated() {
            name(process: Self.hostProcess, thread: index + 1, measurement.mode.title)
            name(process: Self.deviceProcess, thread: index + 1, measurement.mode.title)
            for step in measurement.steps { add(step, thread: index + 1) }
        }
    }

    private mutating func name(process: Int, thread: Int? = nil, _ name: String) {
        events.append(
            Event(
                phase: .metadata, name: thread == nil ? "process_name" : "thread_name", category: "__metadata",
                start: 0,
                duration: 0, process: process, thread: thread ?? 0,
                arguments: [.init(name: "name", value: .text(name))]))
    }

    private mutating func add(_ step: TimedStep, thread: Int) {
        let title = step.title
        let host = step.host
        slice(title, "pass", host.start, host.readEnd, Self.hostProcess, thread)
        slice("record", "host", host.start, host.recordEnd, Self.hostProcess, thread)
        slice("submit", "host", host.recordEnd, host.submitEnd, Self.hostProcess, thread)
        slice("wait", "host", host.submitEnd, host.waitEnd, Self.hostProcess, thread)
        slice("read back", "host", host.waitEnd, host.readEnd, Self.hostProcess, thread)
        guard let first = step.spans.first, let last = step.spans.last else { return }
        slice(title, "pass", first.start, last.end, Self.deviceProcess, thread)
        var place: (scope: String, events: [(TimedSpan, SpanLabel)]) = ("", [])
        for span in step.spans {
            let label = SpanLabel(step.operations[span.operations])
            if label.scope != place.scope {
                add(place, thread)
                place = (label.scope, [])
            }
            place.events.append((span, label))
        }
        add(place, thread)
    }

    /// Consecutive spans of one place in the model, under a slice of the place's name.
    private mutating func add(_ place: (scope: String, events: [(TimedSpan, SpanLabel)]), _ thread: Int) {
        guard let first = place.events.first, let last = place.events.last else { return }
        slice(place.scope, "place", first.0.start, last.0.end, Self.deviceProcess, thread)
        for (span, label) in place.events {
            slice(
                label.kernel, "kernel", span.start, span.end, Self.deviceProcess, thread,
                [
                    .init(name: "shape", value: .text(label.shape)),
                    .init(name: "layer", value: .text(label.scope)),
                    .init(name: "bytes", value: .integer(label.cost.bytes)),
                    .init(name: "flops", value: .integer(label.cost.flops)),
                ] + (label.depth.map { [.init(name: "depth", value: .integer($0))] } ?? []))
        }
    }

    private mutating func slice(
        _ name: String, _ category: String, _ start: Double, _ end: Double, _ process: Int, _ thread: Int,
        _ arguments: [Event.Argument] = []
    ) {
        // Both ends are rounded, not the duration, so that slices which touch do not overlap.
        let (from, to) = (Int((start - zero).rounded()), Int((end - zero).rounded()))
        events.append(
            Event(
                phase: .complete, name: name, category: category, start: from, duration: to - from, process: process,
                thread: thread, arguments: arguments))
    }
}

extension TimedStep {
    /// Such as "prompt, 512 tokens at 0" or "decode at 512".
    package var title: String {
        phase == .prompt ? "prompt, \(tokens) tokens at \(position)" : "decode at \(position)"
    }
}

extension TimingMode {
    /// For people.
    package var title: String { self == .overlapped ? "overlapped" : "serialised" }
}
