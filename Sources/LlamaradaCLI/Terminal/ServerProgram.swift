import FoundationEssentials
import Glibc
import LlamaradaServerSettings

/// The program that serves: another one, so that this one carries no HTTP server.
enum ServerProgram {
    private static let name = "llamarada-serve"

    /// Becomes the server. Its settings go through a pipe: arguments and environment can be read by others.
    ///
    /// - Throws: `UsageError` where it is not there or cannot be started.
    static func replaceThisProcess(_ settings: ServerSettings) throws -> Never {
        let path = "\(BuildInfo.folder)/\(name)"
        guard access(path, X_OK) == 0 else {
            throw UsageError(
                line:
                    "\(path): there is no program to serve with. Build it (swift build -c release --product \(name)) or take it from the package that this program came from, and put it there."
            )
        }
        let input = try pipe(holding: Array(try JSONEncoder().encode(settings)))
        var arguments = [strdup(path), strdup("\(input)"), nil]
        _ = execv(path, &arguments)
        throw UsageError(line: "\(path): cannot be started: \(String(cString: strerror(errno))).")
    }

    /// What every pipe holds without a reader, and what a process without privileges may ask for.
    private static let (usualRoom, mostRoom) = (1 << 16, 1 << 20)

    /// The reading end of a pipe that holds some bytes, for a reader who is not there yet.
    private static func pipe(holding bytes: [UInt8]) throws -> CInt {
        guard bytes.count <= mostRoom else {
            throw UsageError(
                line: "The settings, with their chat template, have \(bytes.count) bytes; at most \(mostRoom).")
        }
        var ends: [CInt] = [-1, -1]
        guard Glibc.pipe(&ends) == 0,
            bytes.count <= usualRoom || fcntl(ends[1], setPipeSize, CInt(mostRoom)) >= bytes.count,
            write(ends[1], bytes, bytes.count) == bytes.count
        else { throw UsageError(line: "There is no pipe for the settings: \(String(cString: strerror(errno))).") }
        close(ends[1])
        return ends[0]
    }

    /// Linux's F_SETPIPE_SZ, which the overlay of glibc has not.
    private static let setPipeSize: CInt = 1031
}
