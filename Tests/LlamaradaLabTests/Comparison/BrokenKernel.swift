import CVulkan
import Foundation
import Llamarada
import LlamaradaDevice
import LlamaradaLab
import Synchronization
import TestSupport
import Testing

/// A kernel of the product with a mistake in it, for one device.
///
/// The product's GLSL is copied, one line of the copy is changed, and the build's own ShaderCompiler compiles it, so that
/// it has the interface of the original. A patch of the device's function table then hands the driver the broken SPIR-V
/// whenever vkCreateShaderModule is given the original's; the product itself knows nothing of it.
struct BrokenKernel {
    /// Original SPIR-V to what the driver gets instead. The table's functions are C functions and capture nothing, so
    /// this is global, and tests that fill it run one at a time.
    fileprivate static let replacements = Mutex<[[UInt32]: [UInt32]]>([:])
    fileprivate static let used = Mutex(0)

    /// How many shader modules were replaced since ``install(_:)``.
    static var usedCount: Int { used.withLock { $0 } }

    private var code: [[UInt32]: [UInt32]] = [:]

    /// - Parameters:
    ///   - kernel: whose variants are all broken.
    ///   - file: where the line stands, such as "Kernels/Add.comp" or "Include/Reduce.glsl".
    ///   - line: occurs in the file; its first occurrence after `after` is changed.
    init<K: Kernel>(
        _ kernel: K.Type, in file: String, _ line: String, after: String = "", becomes replacement: String
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-shaders-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for part in ["Kernels", "Include"] {
            try FileManager.default.copyItem(
                at: Self.shaders.appending(path: part), to: folder.appending(path: part))
        }
        let path = folder.appending(path: file)
        var text = try String(contentsOf: path, encoding: .utf8)
        let start = try #require(after.isEmpty ? text.startIndex : text.range(of: after)?.upperBound)
        let range = try #require(text.range(of: line, range: start..<text.endIndex), "\(file) has no '\(line)'")
        text.replaceSubrange(range, with: replacement)
        try text.write(to: path, atomically: true, encoding: .utf8)
        let broken = try Self.compile(K.stem, in: folder)
        try #require(broken.count == K.Variant.all.count)
        for variant in K.Variant.all {
            let original = K.code(variant).words
            try #require(original != broken[variant.index], "the change to \(file) changes no code")
            code[original] = broken[variant.index]
        }
    }

    /// Makes devices that are opened with ``patch(_:)`` from now on compile the broken kernels.
    static func install(_ kernels: [BrokenKernel]) {
        replacements.withLock { $0 = kernels.reduce(into: [:]) { $0.merge($1.code) { $1 } } }
        used.withLock { $0 = 0 }
    }

    private static let shaders = ModelFixture.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Shaders")

    /// The SPIR-V of every variant, out of the Swift file that the compiler writes.
    private static func compile(_ stem: String, in folder: URL) throws -> [[UInt32]] {
        let output = folder.appending(path: "\(stem).swift")
        let process = Process()
        process.executableURL = try compiler()
        process.arguments = [
            "--include", folder.appending(path: "Include").path(), "--output", output.path(),
            folder.appending(path: "Kernels/\(stem).comp").path(),
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try String(contentsOf: output, encoding: .utf8).matches(of: /base64: "([A-Za-z0-9+\/=]+)"/).map {
            match in
            let bytes = try #require(Data(base64Encoded: String(match.1)))
            return bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
        }
    }

    /// Lies beside the test's bundle: as the tool that the build ran, or as a product of its own.
    private static func compiler() throws -> URL {
        let runner = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let folders = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [runner]
        let places = folders.flatMap {
            [$0.appending(path: "ShaderCompiler-tool"), $0.appending(path: "ShaderCompiler")]
        }
        return try #require(places.first { FileManager.default.isExecutableFile(atPath: $0.path()) })
    }
}

extension BrokenKernel {
    // Safety: only tests that run one at a time open devices with the patch. Set anew each time, since a driver may be
    // unloaded with the last instance and come back elsewhere.
    nonisolated(unsafe) private static var createShaderModule: PFN_vkCreateShaderModule?
    nonisolated(unsafe) private static var getProperties: PFN_vkGetPhysicalDeviceProperties2?

    /// A patch of a device's functions: broken kernels, and `wide` workgroups of several subgroups, which the engine
    /// uses on every device that is no CPU.
    static func patch(wide: Bool) -> FunctionPatch {
        { table in
            // The table is filled in steps: with the instance's functions, and then, a copy, with the device's.
            if table.vkCreateShaderModule != nil {
                createShaderModule = table.vkCreateShaderModule
                table.vkCreateShaderModule = { device, info, allocator, module in
                    BrokenKernel.create(device, info, allocator, module)
                }
                return
            }
            guard wide, table.vkGetPhysicalDeviceProperties2 != nil else { return }
            getProperties = table.vkGetPhysicalDeviceProperties2
            table.vkGetPhysicalDeviceProperties2 = { device, properties in
                BrokenKernel.getProperties?(device, properties)
                properties?.pointee.properties.deviceType = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU
            }
        }
    }

    private static func create(
        _ device: VkDevice?, _ info: UnsafePointer<VkShaderModuleCreateInfo>?,
        _ allocator: UnsafePointer<VkAllocationCallbacks>?, _ module: UnsafeMutablePointer<VkShaderModule?>?
    ) -> VkResult {
        guard let create = createShaderModule, var changed = info?.pointee else { return VK_ERROR_UNKNOWN }
        let words = Array(UnsafeBufferPointer(start: changed.pCode, count: changed.codeSize / 4))
        guard let broken = replacements.withLock({ $0[words] }) else { return create(device, info, allocator, module) }
        used.withLock { $0 += 1 }
        return broken.withUnsafeBufferPointer { broken in
            changed.pCode = broken.baseAddress
            changed.codeSize = 4 * broken.count
            return create(device, &changed, allocator, module)
        }
    }
}
