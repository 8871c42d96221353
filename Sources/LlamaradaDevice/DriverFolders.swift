import Glibc

/// The folders in which the loader looks for driver descriptions where no variable names any.
enum DriverFolders {
    /// The descriptions in all of them, in the loader's order of folders.
    static func files() -> [FileName] { folders.flatMap(descriptions) }

    /// Source: "Vulkan Loader Driver Interface", "Driver Discovery on Linux".
    private static var folders: [String] {
        let home = variable("HOME")
        var roots: [String] = []
        roots += (variable("XDG_CONFIG_HOME") ?? home.map { "\($0)/.config" }).map { [$0] } ?? []
        roots += list("XDG_CONFIG_DIRS", else: "/etc/xdg") + ["/etc"]
        roots += (variable("XDG_DATA_HOME") ?? home.map { "\($0)/.local/share" }).map { [$0] } ?? []
        roots += list("XDG_DATA_DIRS", else: "/usr/local/share:/usr/share")
        return roots.map { "\($0)/vulkan/icd.d" }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func list(_ name: String, else standard: String) -> [String] {
        (variable(name) ?? standard).split(separator: ":").map(String.init)
    }

    private static func descriptions(in folder: String) -> [FileName] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var files: [FileName] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) { name in
                    Array(sequence(first: name) { $0 + 1 }.lazy.map(\.pointee).prefix { $0 != 0 })
                }
            }
            guard name.count > 5, name.suffix(5).elementsEqual(".json".utf8) else { continue }
            files.append(FileName(bytes: Array("\(folder)/".utf8) + name))
        }
        return files
    }
}
