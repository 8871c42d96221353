package import CoreMetrics
import Synchronization

/// Keeps what swift-metrics records, and shows it as Prometheus' text format 0.0.4.
package final class PrometheusRegistry: MetricsFactory {
    /// One series: a metric's name and its labels.
    private struct Key: Hashable {
        var name: String
        var labels: String
    }

    private let series = Mutex<[Key: PrometheusSeries]>([:])
    /// Upper bounds of the buckets of a histogram, by its name; others take `usualBounds`.
    private let bounds: [String: [Double]]
    private let help: [String: String]

    /// From a millisecond to two minutes.
    package static let usualBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
    ]

    package init(help: [String: String], bounds: [String: [Double]] = [:]) {
        self.help = help
        self.bounds = bounds
    }

    private func find(_ name: String, _ dimensions: [(String, String)], _ kind: PrometheusSeries.Kind)
        -> PrometheusSeries
    {
        let labels = dimensions.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        return series.withLock { series in
            let key = Key(name: name, labels: labels)
            if let found = series[key] { return found }
            let made = PrometheusSeries(kind)
            series[key] = made
            return made
        }
    }

    /// Sets a counter that somebody else keeps.
    func keep(_ name: String, _ value: Double) { find(name, [], .counter).set(value) }

    /// The value of a counter without labels; 0 where there is none yet.
    func value(_ name: String) -> Double {
        series.withLock { $0[Key(name: name, labels: "")] }?.current ?? 0
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// All series as a page.
    package var text: String {
        let all = series.withLock { $0 }
        var lines: [String] = []
        for (name, members) in Dictionary(grouping: all, by: \.key.name).sorted(by: { $0.key < $1.key }) {
            guard let kind = members.first?.value.kind else { continue }
            if let help = help[name] { lines.append("# HELP \(name) \(help)") }
            lines.append("# TYPE \(name) \(kind.name)")
            for (key, series) in members.sorted(by: { $0.key.labels < $1.key.labels }) {
                lines += series.lines(name, labels: key.labels)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: What swift-metrics asks for

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { find(label, dimensions, .counter) }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions, .gauge)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        find(label, dimensions, aggregate ? .histogram(bounds[label] ?? Self.usualBounds) : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions, .histogram(bounds[label] ?? Self.usualBounds))
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
