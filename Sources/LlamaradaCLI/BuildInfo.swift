import Glibc

/// What machine and what build this is, for reports.
enum BuildInfo {
    /// The commit and how many came before it, from the file `BUILD` that a package has beside the program: a plain
    /// build does not know.
    static let build: (commit: String, number: Int) = {
        let words = (lines("\(folder)/BUILD").first ?? "").split(separator: " ")
        guard words.count == 2, let number = Int(words[1]) else { return ("unknown", 0) }
        return (String(words[0]), number)
    }()

    /// The processor's name.
    static var cpu: String {
        for line in lines("/proc/cpuinfo") where line.hasPrefix("model name") {
            let name = line.drop { $0 != ":" }.dropFirst().drop { $0 == " " }
            if !name.isEmpty { return String(name) }
        }
        return "unknown"
    }

    private static var folder: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let program = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
    }

    /// The first lines of a file; none where it cannot be read. Files of /proc say no size.
    private static func lines(_ path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
