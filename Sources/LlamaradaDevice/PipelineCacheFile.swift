import CVulkan
import Glibc

/// The driver's compiled pipelines on disk, one file a device and driver version.
///
/// Layout: 8 bytes magic, 8 bytes length, 8 bytes hash (FNV-1a, 64 bits), then the driver's data. Drivers check their
/// own header, but have crashed on damaged data: a file that is cut, altered or foreign is treated as absent.
package struct PipelineCacheFile {
    private let directory: String
    private let name: String
    private static let magic: UInt64 = 0x3150_4341_5241_4C4C  // "LLARACP1"
    private static let headerByteCount = 24
    /// Far above what any driver makes of the kernels (some MB).
    package static let largestByteCount = 64 << 20

    /// Nil where there is no place to keep a cache.
    init?(_ physical: LlamaradaPhysicalDevice) {
        guard let directory = Self.directory({ getenv($0).map { String(cString: $0) } }) else { return nil }
        let identity =
            elements(of: physical.driverUUID, as: UInt8.self, count: 16)
            + elements(of: physical.properties.pipelineCacheUUID, as: UInt8.self, count: 16)
        let version = String(physical.properties.driverVersion, radix: 16)
        self.init(directory: directory, name: "pipelines-\(String(Self.hash(identity), radix: 16))-\(version).bin")
    }

    /// The file `name` of a directory; tests choose them.
    package init(directory: String, name: String) {
        self.directory = directory
        self.name = name
    }

    /// Where the XDG base directory specification puts a cache: relative paths count as not set.
    ///
    /// - Parameters:
    ///   - variable: the environment.
    package static func directory(_ variable: (String) -> String?) -> String? {
        func absolute(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let base = absolute("XDG_CACHE_HOME") ?? absolute("HOME").map { $0 + "/.cache" }
        return base.map { $0 + "/llamarada" }
    }

    /// The driver's data, or nil where there is no whole, unharmed file.
    package func read() -> [UInt8]? {
        guard let folder = CacheFolder(directory) else { return nil }
        return read(in: folder)
    }

    private func read(in folder: CacheFolder) -> [UInt8]? {
        guard let (descriptor, byteCount) = folder.open(name) else { return nil }
        defer { close(descriptor) }
        let count = byteCount - Self.headerByteCount
        // The rest of a file is not even looked at before its header says that it is one of ours.
        guard 0...Self.largestByteCount ~= count, let start = Self.read(descriptor, Self.headerByteCount) else {
            return nil
        }
        let header = start.withUnsafeBytes { raw in
            (0..<3).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
        }
        guard header[0] == Self.magic, header[1] == UInt64(count), let data = Self.read(descriptor, count),
            header[2] == Self.hash(data)
        else { return nil }
        return data
    }

    /// Whether anything that is written is likely to be found again.
    package var canBeKept: Bool {
        CacheFolder.make(directory)
        return CacheFolder(directory)?.isWritable ?? false
    }

    /// Replaces the file whole: written beside it, then renamed.
    package func write(_ data: [UInt8]) {
        guard data.count <= Self.largestByteCount else { return }
        CacheFolder.make(directory)
        guard let folder = CacheFolder(directory), read(in: folder) != data else { return }
        var file: [UInt8] = []
        for number in [Self.magic, UInt64(data.count), Self.hash(data)] {
            withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) }
        }
        folder.replace(name, with: file + data)
    }

    /// The next `count` bytes, or nil where the file ends before.
    private static func read(_ descriptor: CInt, _ count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let part = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, count - done)
                if part < 0 && errno == EINTR { continue }
                guard part > 0 else { return }
                done += part
            }
        }
        return bytes.count == count ? bytes : nil
    }

    /// FNV-1a (Fowler, Noll, Vo), 64 bits.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
