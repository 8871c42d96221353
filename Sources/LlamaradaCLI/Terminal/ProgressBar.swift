import Glibc
import LlamaradaReports
import Synchronization

/// A bar on stderr while something long goes on; silent where stderr is no terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let shownPercent = Mutex(-1)
    private let start = ContinuousClock.now
    private static let width = 30

    /// What is counted; nil counts bytes.
    private let unit: String?

    init(_ title: String, unit: String? = nil) {
        self.title = title
        self.unit = unit
    }

    /// Draws `done` of `total`, at most once a percent.
    func show(_ done: Int, of total: Int) {
        guard isTerminal, total > 0 else { return }
        let percent = min(100, 100 * done / total)
        let isNew = shownPercent.withLock { shown in
            defer { shown = percent }
            return shown != percent
        }
        guard isNew else { return }
        let label =
            " \(percent) % of \(unit.map { "\(total) \($0)" } ?? HumanUnits.bytes(total))"
            + (unit == nil ? pace(done, of: total) : "")
        // A line that wraps could not be erased.
        let width = min(Self.width, Self.terminalWidth - title.count - label.count - 2)
        guard width > 0 else { return }
        let filled = percent * width / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        write("\r\u{1B}[K\(title) \(bar)\(label)")
    }

    /// The bytes a second so far, and the time that is left at that rate; empty in the first second.
    private func pace(_ done: Int, of total: Int) -> String {
        let seconds = start.duration(to: .now) / .seconds(1)
        guard seconds >= 1, done > 0 else { return "" }
        let rate = Double(done) / seconds
        let rest = Int((Double(max(0, total - done)) / rate).rounded(.up))
        let left = rest < 60 ? "\(rest) s" : "\(rest / 60) min \(rest % 60) s"
        return ", \(HumanUnits.bytes(Int(rate)))/s, \(left) left"
    }

    /// Erases the bar.
    func clear() {
        guard isTerminal, shownPercent.withLock({ $0 >= 0 }) else { return }
        write("\r\u{1B}[K")
    }

    /// Columns of the terminal; 80 where it does not say.
    private static var terminalWidth: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private func write(_ text: String) {
        _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    }
}
