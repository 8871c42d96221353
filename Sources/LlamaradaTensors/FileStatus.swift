import Glibc

/// What lies at a path.
enum FileStatus {
    /// Whether something does.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return !path.utf8.contains(0) && stat(path.cPath, &status) == 0
    }

    /// Whether that is a folder.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return !path.utf8.contains(0) && stat(path.cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
