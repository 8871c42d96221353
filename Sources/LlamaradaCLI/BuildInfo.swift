import Glibc
import LlamaradaReports

/// What machine and what build this is, for reports.
enum BuildInfo {
    /// The version of the next or latest release; CHANGELOG.md says what it holds.
    private static let version = "0.1.0"

    /// The commit and how many came before it.
    ///
    /// A package has both in a file `BUILD` beside the program. A program that lies in the build folder of a checkout
    /// names the commit that is checked out there, with `-dev` behind: files may have changed since. How many came
    /// before it is then not known, which is 0 as in llama-bench.
    private static let build: (commit: String, number: Int) = {
        let words = (SmallFile.lines("\(folder)/BUILD").first ?? "").split(separator: " ")
        if words.count == 2, let number = Int(words[1]) { return (String(words[0]), number) }
        return (GitCheckout.commit(ofProgramIn: folder).map { "\($0.prefix(7))-dev" } ?? "unknown", 0)
    }()

    /// What reports say of the program and the machine.
    static let stamp = BuildStamp(version: version, commit: build.commit, number: build.number, processor: processor)

    /// The processor's name.
    private static var processor: String {
        for line in SmallFile.lines("/proc/cpuinfo") where line.hasPrefix("model name") {
            let name = line.drop { $0 != ":" }.dropFirst().drop { $0 == " " }
            if !name.isEmpty { return String(name) }
        }
        return "unknown"
    }

    /// Where the program lies.
    static var folder: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let program = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
    }
}
