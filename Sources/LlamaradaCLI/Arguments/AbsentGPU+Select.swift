import Glibc
import LlamaradaDevice
import LlamaradaLab

extension AbsentGPU {
    /// Sets the environment so that the Vulkan loader, not opened yet, offers this GPU.
    ///
    /// - Throws: `DeviceError` where Mesa's driver is missing or compiles for no such GPU.
    func select() throws(DeviceError) {
        if isPreloaded { return }
        do throws(DeviceError) {
            for environment in try environments() where Self.isKnown(environment) {
                for (name, value) in environment { setenv(name, value, 1) }
                return
            }
            throw unknown
        } catch {
            throw DeviceError(error.code, "--gpu \(error.problem)", remedy: error.remedy)
        }
    }

    /// Whether the driver starts with this environment. It aborts on a family that it does not know, so another process
    /// has to try.
    private static func isKnown(_ environment: [String: String]) -> Bool {
        // Without SWIFT_BACKTRACE the expected end of that process would be reported at length.
        let changes = environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        guard let status = run(["llamarada", "devices", "--json"], changes) else { return false }
        // A failure that has its own exit status has its own sentence too, which this process will say.
        return status == 0 || status == ExitStatus.device
    }

    /// The exit status of this program run again, silent and with a changed environment; nil where it was ended.
    private static func run(_ arguments: [String], _ changes: [String: String]) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let kept = environmentLines().filter { line in !changes.keys.contains { line.hasPrefix($0 + "=") } }
        var child: pid_t = 0
        let failure = withCStringList(arguments) { arguments in
            withCStringList(kept + changes.map { "\($0)=\($1)" }) { variables in
                posix_spawn(&child, "/proc/self/exe", &actions, nil, arguments, variables)
            }
        }
        guard failure == 0 else { return nil }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { return nil } }
        // The low seven bits name a signal; the next eight are the exit status.
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }

    private static func environmentLines() -> [String] {
        var lines: [String] = []
        var next = environ
        while let line = next.pointee {
            lines.append(String(cString: line))
            next += 1
        }
        return lines
    }

    /// Calls `body` with the strings as a list of C strings that ends in a null pointer.
    private static func withCStringList<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var copies = strings.map { strdup($0) }
        copies.append(nil)
        defer { copies.forEach { free($0) } }
        return copies.withUnsafeMutableBufferPointer { list in
            guard let start = list.baseAddress else { preconditionFailure("a list with an end has a start") }
            return body(start)
        }
    }
}
