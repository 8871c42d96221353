import LlamaradaDevice
package import LlamaradaLab

extension ChromeTrace {
    /// The JSON object format of the Trace Event Format, with what the events alone do not say.
    package func json(for report: ProfileReport) -> JSON {
        .object([
            ("displayTimeUnit", .string("ns")),
            (
                "otherData",
                .object([
                    ("program", .string("llamarada profile")), ("model", .string(report.model.path)),
                    ("device", .string(report.device.name)), ("work", .string(report.workLine)),
                    ("clock", .string(report.clockLine)),
                ])
            ),
            ("traceEvents", .array(events.map(\.json))),
        ])
    }
}

extension ChromeTrace.Event {
    fileprivate var json: JSON {
        var members: [(key: String, value: JSON)] = [("ph", .string(phase.rawValue)), ("name", .string(name))]
        members += [("cat", .string(category)), ("pid", .integer(process)), ("tid", .integer(thread))]
        if phase == .complete { members += [("ts", Self.microseconds(start)), ("dur", Self.microseconds(duration))] }
        if !arguments.isEmpty { members.append(("args", .object(arguments.map { ($0.name, $0.value.json) }))) }
        return .object(members)
    }

    private static func microseconds(_ nanoseconds: Int) -> JSON { .number(Double(nanoseconds) / 1000) }
}

extension ChromeTrace.Event.Value {
    fileprivate var json: JSON {
        switch self {
        case .text(let text): .string(text)
        case .integer(let number): .integer(number)
        }
    }
}
