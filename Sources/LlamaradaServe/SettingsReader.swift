import FoundationEssentials
import Glibc
import Llamarada
import LlamaradaDevice
import LlamaradaServerSettings

/// Takes the settings from the descriptor that the one argument names.
enum SettingsReader {
    /// Far more than any settings have.
    private static let mostBytes = 1 << 20

    /// The settings; nil where there are none.
    static func settings() -> ServerSettings? {
        guard CommandLine.argc == 2, let descriptor = Int32(CommandLine.arguments[1]), descriptor > 2 else {
            return nil
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= mostBytes {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += part[..<count]
        }
        guard bytes.count <= mostBytes else { return nil }
        return try? JSONDecoder().decode(ServerSettings.self, from: Data(bytes))
    }
}

extension LoadOptions {
    /// The options that the settings name.
    init(_ model: ServerSettings.Model) {
        self.init(
            backend: model.usesCPU ? .cpu : .vulkan(DeviceSelection(model.device)), contextLength: model.contextLength,
            sequences: model.sequences, chunk: model.chunk, lookup: model.lookup,
            keyCacheType: KVCacheType(rawValue: model.keyCacheType) ?? .f16,
            valueCacheType: KVCacheType(rawValue: model.valueCacheType) ?? .f16, gpuLayers: model.gpuLayers,
            threads: model.threads, fusesKernels: model.fusesKernels,
            precision: model.precision.flatMap(PrecisionClass.init), tunesKernels: model.tunesKernels,
            logger: ServeLog.logger)
    }
}
