import Glibc

/// The commit that is checked out where a program was built, read from git's files: there may be no git to ask.
enum GitCheckout {
    /// The commit of the checkout whose build folder, `.build` or one beginning so, holds the folder of a program.
    static func commit(ofProgramIn folder: String) -> String? {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        guard let build = parts.lastIndex(where: { $0.hasPrefix(".build") }) else { return nil }
        return commit(ofCheckout: parts[..<build].joined(separator: "/"))
    }

    /// The commit that HEAD names, directly or through a branch.
    static func commit(ofCheckout root: String) -> String? {
        guard let folder = gitFolder(root), let head = SmallFile.lines("\(folder)/HEAD").first else { return nil }
        guard head.hasPrefix("ref: ") else { return commitName(head) }
        let branch = String(head.dropFirst(5))
        guard branch.hasPrefix("refs/"), !branch.contains("..") else { return nil }
        // A worktree has its own HEAD, but the repository's branches.
        let common = SmallFile.lines("\(folder)/commondir").first.map { path($0, in: folder) } ?? folder
        for place in [folder, common] {
            if let name = SmallFile.lines("\(place)/\(branch)").first.flatMap(commitName) { return name }
        }
        return packedCommit("\(common)/packed-refs", branch)
    }

    /// `.git` itself, or what it names: in worktrees and submodules it is a file.
    private static func gitFolder(_ root: String) -> String? {
        let name = "\(root)/.git"
        var status = stat()
        guard stat(name, &status) == 0 else { return nil }
        if status.st_mode & S_IFMT == S_IFDIR { return name }
        guard let line = SmallFile.lines(name).first, line.hasPrefix("gitdir: ") else { return nil }
        return path(String(line.dropFirst(8)), in: root)
    }

    private static func path(_ name: String, in folder: String) -> String {
        name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    /// The branch's commit among lines `COMMIT NAME`.
    private static func packedCommit(_ file: String, _ branch: String) -> String? {
        let line = SmallFile.lines(file, byteCount: 1 << 20).first { $0.hasSuffix(" \(branch)") }
        return line?.split(separator: " ").first.flatMap { commitName(String($0)) }
    }

    /// The name of a commit: 40 hexadecimal digits, or 64 in newer repositories.
    private static func commitName(_ text: String) -> String? {
        let isName = [40, 64].contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
        return isName ? text : nil
    }
}

/// Files that say something in their first lines.
enum SmallFile {
    /// The first lines of a file; none where it cannot be read. Files of /proc say no size.
    static func lines(_ path: String, byteCount: Int = 4096) -> [String] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
