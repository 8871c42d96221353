import Llamarada
import LlamaradaDevice
import LlamaradaLab

extension ProfileReport {
    /// Everything that the text has, times in nanoseconds.
    var json: JSON {
        .object([
            ("model", .object([("path", .string(model.path)), ("name", .string(model.name))])),
            (
                "device",
                .object([
                    ("name", .string(device.name)), ("driver", .string(device.driver)),
                    ("driverInfo", .string(device.driverInfo)),
                ])
            ),
            ("build", .string(BuildInfo.versionAndCommit)),
            ("promptTokens", .integer(profile.request.prompt.count)),
            ("decodedTokens", .integer(profile.request.decoded)),
            ("depth", .integer(profile.request.depth)),
            ("roofs", roofs),
            ("isCalibrated", .bool(profile.isCalibrated)),
            (
                "untimed",
                .object([
                    ("promptSeconds", .number(profile.plain.promptSeconds)),
                    ("decodeSeconds", .number(profile.plain.decodeSeconds)),
                    ("tokens", .array(profile.plain.tokens.map { .integer($0) })),
                ])
            ),
            ("overheads", .array(profile.overheads.map(\.json))),
            ("sections", .array(sections.map(json(of:)))),
        ])
    }

    var roofs: JSON {
        .object([
            ("bytesPerSecond", .number(profile.peaks.readBandwidth)),
            ("flopsPerSecond", .number(profile.peaks.flops)),
        ])
    }

    func json(of section: Section) -> JSON {
        let total = section.total
        return .object([
            ("phase", .string(section.phase.rawValue)),
            ("mode", .string(section.mode.rawValue)),
            ("passes", .integer(total.passes)),
            ("tokens", .integer(total.tokens)),
            ("submissions", .integer(total.submissions)),
            ("operations", .integer(total.operations)),
            ("spanNanoseconds", .number(total.span)),
            ("kernelNanoseconds", .number(total.kernelTime)),
            ("gaps", total.gaps.json),
            ("host", total.host.json),
            ("kernels", .array(total.rows.map { json(of: $0, share: $0.total / total.kernelTime) })),
            ("places", .array(total.groups.map(\.json))),
        ])
    }

    private func json(of row: ProfileAggregate.Row, share: Double) -> JSON {
        let place = roofline.place(row.cost, nanoseconds: row.total)
        return .object([
            ("kernel", .string(row.kernel)),
            ("stem", .string(row.stem)),
            ("shape", .string(row.fullShape)),
            ("calls", .integer(row.calls)),
            ("totalNanoseconds", .number(row.total)),
            ("meanNanoseconds", .number(row.mean)),
            ("minNanoseconds", .number(row.least)),
            ("maxNanoseconds", .number(row.most)),
            ("share", .number(share)),
            ("bytes", .integer(row.cost.bytes)),
            ("flops", .integer(row.cost.flops)),
            ("bytesPerSecond", .number(place.bandwidth)),
            ("flopsPerSecond", .number(place.flops)),
            ("intensity", place.intensity.map { .number($0) } ?? .null),
            ("roof", .string(place.roof.rawValue)),
            ("shareOfRoof", .number(place.share)),
        ])
    }
}

extension ProfilingOverhead {
    fileprivate var json: JSON {
        .object([
            ("mode", .string(mode.rawValue)), ("medianRatio", .number(median)),
            ("ratios", .array(ratios.map { .number($0) })),
        ])
    }
}

extension ProfileAggregate.Gaps {
    fileprivate var json: JSON {
        .object([
            ("count", .integer(count)), ("totalNanoseconds", .number(total)), ("longestNanoseconds", .number(longest)),
            ("betweenSubmissionsNanoseconds", .number(betweenSubmissions)),
        ])
    }
}

extension ProfileAggregate.Host {
    fileprivate var json: JSON {
        .object([
            ("recordNanoseconds", .number(record)), ("submitNanoseconds", .number(submit)),
            ("waitNanoseconds", .number(wait)), ("readNanoseconds", .number(read)),
        ])
    }
}

extension ProfileAggregate.Group {
    fileprivate var json: JSON {
        .object([
            ("place", .string(scope)), ("calls", .integer(calls)), ("totalNanoseconds", .number(total)),
            ("bytes", .integer(cost.bytes)), ("flops", .integer(cost.flops)),
            (
                "stems",
                .array(stems.map { .object([("stem", .string($0.name)), ("totalNanoseconds", .number($0.total))]) })
            ),
        ])
    }
}

// MARK: - Trace

extension ChromeTrace {
    /// The JSON object format of the Trace Event Format, with what the events alone do not say.
    func json(for report: ProfileReport) -> JSON {
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
