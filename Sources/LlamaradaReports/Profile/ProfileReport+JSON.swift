import LlamaradaDevice
import LlamaradaLab
import LlamaradaText

extension ProfileReport {
    /// Everything that the text has, times in nanoseconds.
    package var json: JSON {
        .object([
            ("model", .object([("path", .string(model.path)), ("name", .string(model.name))])),
            (
                "device",
                .object([
                    ("name", .string(device.name)), ("driver", .string(device.driver)),
                    ("driver_info", .string(device.driverInfo)),
                ])
            ),
            ("build", .string(build.versionAndCommit)),
            ("prompt_tokens", .integer(profile.request.prompt.count)),
            ("decoded_tokens", .integer(profile.request.decoded)),
            ("depth", .integer(profile.request.depth)),
            ("roofs", roofs),
            ("is_calibrated", .bool(profile.isCalibrated)),
            (
                "untimed",
                .object([
                    ("prompt_seconds", .number(profile.plain.promptSeconds)),
                    ("decode_seconds", .number(profile.plain.decodeSeconds)),
                    ("tokens", .array(profile.plain.tokens.map { .integer($0) })),
                ])
            ),
            ("overheads", .array(profile.overheads.map(\.json))),
            ("sections", .array(sections.map(json(of:)))),
        ])
    }

    var roofs: JSON {
        .object([
            ("bytes_per_second", .number(profile.peaks.readBandwidth)),
            ("flops_per_second", .number(profile.peaks.flops)),
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
            ("span_nanoseconds", .number(total.span)),
            ("kernel_nanoseconds", .number(total.kernelTime)),
            ("gaps", total.gaps.json),
            ("host", total.host.json),
            ("kernels", ProfileColumns.table.json(rows(of: total))),
            ("places", .array(total.groups.map(\.json))),
        ])
    }

    /// A section's kernels as rows of tables.
    func rows(of total: ProfileAggregate) -> [ProfileColumns.Row] {
        total.rows.map { row in
            ProfileColumns.Row(
                total: row, share: row.total / total.kernelTime,
                place: roofline.place(row.cost, nanoseconds: row.total))
        }
    }
}

extension ProfilingOverhead {
    fileprivate var json: JSON {
        .object([
            ("mode", .string(mode.rawValue)), ("median_ratio", .number(median)),
            ("ratios", .array(ratios.map { .number($0) })),
        ])
    }
}

extension ProfileAggregate.Gaps {
    fileprivate var json: JSON {
        .object([
            ("count", .integer(count)), ("total_nanoseconds", .number(total)),
            ("longest_nanoseconds", .number(longest)),
            ("between_submissions_nanoseconds", .number(betweenSubmissions)),
        ])
    }
}

extension ProfileAggregate.Host {
    fileprivate var json: JSON {
        .object([
            ("record_nanoseconds", .number(record)), ("submit_nanoseconds", .number(submit)),
            ("wait_nanoseconds", .number(wait)), ("read_nanoseconds", .number(read)),
        ])
    }
}

extension ProfileAggregate.Group {
    fileprivate var json: JSON {
        .object([
            ("place", .string(scope)), ("calls", .integer(calls)), ("total_nanoseconds", .number(total)),
            ("bytes", .integer(cost.bytes)), ("flops", .integer(cost.flops)),
            (
                "stems",
                .array(stems.map { .object([("stem", .string($0.name)), ("total_nanoseconds", .number($0.total))]) })
            ),
        ])
    }
}
