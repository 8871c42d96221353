import Llamarada
import LlamaradaDevice
import LlamaradaLab

/// Benchmarks as a Markdown table in the manner of llama-bench, which shows parameters only where they vary.
struct BenchTable {
    /// A column: its title, width and the side that cells align to.
    private typealias Column = (title: String, width: Int, isLeft: Bool, cell: (BenchRow) -> String)

    private let varying: [String]
    private var last: BenchRow?

    init(varying: [String]) { self.varying = varying }

    /// The lines of one more row, after the header where it is the first.
    mutating func add(_ row: BenchRow) -> String {
        let columns = Self.columns(varying, isVulkan: row.device != nil)
        let header =
            last == nil
            ? Self.line(columns.map { Self.pad($0.title, $0) }) + Self.line(columns.map(Self.rule), space: "") : ""
        last = row
        return header + Self.line(columns.map { Self.pad($0.cell(row), $0) })
    }

    /// What the shares are shares of, and the build.
    var footer: String {
        var text = "\n"
        if let device = last?.device, let peaks = last?.peaks {
            text += PeaksReport(device: device, peaks: peaks).text + "\n"
        }
        let build = BuildInfo.build
        return text + "build: \(build.commit) (\(build.number)), llamarada \(BuildInfo.version)\n"
    }

    private static func columns(_ varying: [String], isVulkan: Bool) -> [Column] {
        var columns: [Column] = [
            ("model", 30, true, { $0.subject.type }),
            ("size", 10, false, { binary($0.subject.byteCount) }),
            ("params", 10, false, { millions($0.subject.parameterCount) }),
            ("backend", 10, true, { $0.setup.backend.title }),
        ]
        for key in varying { columns.append(setupColumn(key)) }
        columns += [
            ("test", 15, false, { $0.result.test.name }),
            ("t/s", 20, false, { "\(fixed($0.speed.mean)) ± \(fixed($0.speed.deviation))" }),
        ]
        return isVulkan ? columns + deviceColumns : columns
    }

    private static func setupColumn(_ key: String) -> Column {
        switch key {
        case "n_batch": (key, 7, false, { "\($0.setup.batch)" })
        case "n_ubatch": (key, 8, false, { "\($0.setup.ubatch)" })
        case "type_k": (key, 6, false, { $0.setup.keyType.rawValue })
        case "type_v": (key, 6, false, { $0.setup.valueType.rawValue })
        default: ("threads", 7, false, { "\($0.setup.threads)" })
        }
    }

    /// What llama-bench lacks.
    private static var deviceColumns: [Column] {
        [
            ("MB/token", 8, false, { fixed($0.result.bytesPerToken.map { $0 / 1e6 }) }),
            ("bandwidth", 9, false, { percent($0.bandwidthShare) }),
            ("GFLOP/s", 9, false, { fixed($0.result.flops.map { $0 / 1e9 }) }),
            ("peak", 7, false, { percent($0.flopsShare) }),
            ("dispatches/token", 16, false, { fixed($0.result.dispatchesPerToken) }),
            ("submissions/token", 17, false, { fixed($0.result.submissionsPerToken, digits: 3) }),
            ("host µs/token", 13, false, { fixed($0.result.hostNanosecondsPerToken.map { $0 / 1e3 }) }),
        ]
    }

    private static func line(_ cells: [String], space: String = " ") -> String {
        "|" + cells.map { space + $0 + space + "|" }.joined() + "\n"
    }

    private static func pad(_ text: String, _ column: Column) -> String {
        let gap = String(repeating: " ", count: max(0, column.width - text.count))
        return column.isLeft ? text + gap : gap + text
    }

    private static func rule(_ column: Column) -> String {
        let dashes = String(repeating: "-", count: column.width)
        return column.isLeft ? " \(dashes) " : " \(dashes):"
    }

    private static func fixed(_ value: Double?, digits: Int = 2) -> String {
        value.map { HumanUnits.fixed($0, digits: digits) } ?? ""
    }

    private static func percent(_ share: Double?) -> String {
        share.map { HumanUnits.fixed(100 * $0, digits: 1) + " %" } ?? ""
    }

    /// llama-bench's sizes: `3.56 GiB`, `92.06 MiB`.
    private static func binary(_ count: Int) -> String {
        let isLarge = count >= 1 << 30
        return HumanUnits.fixed(Double(count) / Double(isLarge ? 1 << 30 : 1 << 20), digits: 2)
            + (isLarge ? " GiB" : " MiB")
    }

    /// llama-bench's parameter counts: `6.74 B`, `134.52 M`.
    private static func millions(_ count: Int) -> String {
        let isLarge = count >= 1_000_000_000
        return HumanUnits.fixed(Double(count) / (isLarge ? 1e9 : 1e6), digits: 2) + (isLarge ? " B" : " M")
    }
}
