import CVulkan
import Glibc

/// The driver's compiled pipelines on disk, one file a device and driver version.
///
/// Layout: 8 bytes magic, 8 bytes length, 8 bytes hash (FNV-1a, 64 bits), then the driver's data. Drivers check their
/// own header, but have crashed on damaged data: a file that is cut, altered or foreign is treated as absent.
package struct PipelineCacheFile {
    private let directory: String
    private let path: String
    private static let magic: UInt64 = 0x3150_4341_5241_4C4C  // "LLARACP1"

    /// Nil where there is no place to keep a cache.
    init?(_ physical: LlamaradaPhysicalDevice) {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let base = variable("XDG_CACHE_HOME") ?? variable("HOME").map({ $0 + "/.cache" }) else { return nil }
        let identity =
            elements(of: physical.driverUUID, as: UInt8.self, count: 16)
            + elements(of: physical.properties.pipelineCacheUUID, as: UInt8.self, count: 16)
        directory = base + "/llamarada"
        let version = physical.properties.driverVersion
        path = directory + "/pipelines-\(String(Self.hash(identity), radix: 16))-\(String(version, radix: 16)).bin"
    }

    /// For tests.
    package init(directory: String, name: String) {
        self.directory = directory
        path = directory + "/" + name
    }

    /// The driver's data, or nil where there is no whole, unharmed file.
    package func read() -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= 24,
            status.st_size < 1 << 30
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        guard Glibc.read(descriptor, &bytes, bytes.count) == bytes.count else { return nil }
        let header = bytes.withUnsafeBytes { raw in
            (0..<3).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
        }
        let data = Array(bytes.dropFirst(24))
        guard header[0] == Self.magic, header[1] == UInt64(data.count), header[2] == Self.hash(data) else { return nil }
        return data
    }

    /// Replaces the file whole: written beside it, then renamed.
    package func write(_ data: [UInt8]) {
        mkdir((directory as String).split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }, 0o755)
        mkdir(directory, 0o755)
        var file: [UInt8] = []
        for number in [Self.magic, UInt64(data.count), Self.hash(data)] {
            withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) }
        }
        file += data
        if read() == data { return }
        let temporary = path + ".\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        let written = Glibc.write(descriptor, file, file.count)
        let synced = fsync(descriptor) == 0
        close(descriptor)
        guard written == file.count, synced, rename(temporary, path) == 0 else {
            unlink(temporary)
            return
        }
    }

    /// FNV-1a (Fowler, Noll, Vo), 64 bits.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
