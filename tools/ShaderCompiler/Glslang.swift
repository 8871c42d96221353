import Foundation

/// glslang's own program, for extensions of GLSL that libshaderc does not know: GLSL text in, SPIR-V 1.6 words out.
///
/// `tools/setup` fetches it, with a checker for what it makes, where the system's libshaderc is too old.
package struct Glslang {
    private let prefix: URL
    private let includeDirectory: String

    /// - Parameter prefix: has bin/glslang, bin/spirv-val and their libraries in lib.
    /// - Returns: nil where there is no such program.
    package init?(prefix: String, includeDirectory: String) {
        self.prefix = URL(fileURLWithPath: prefix)
        self.includeDirectory = includeDirectory
        guard FileManager.default.isExecutableFile(atPath: self.prefix.appending(path: "bin/glslang").path()) else {
            return nil
        }
    }

    package func compile(_ source: ShaderSource, defining macros: [(name: String, value: String)]) throws -> [UInt32] {
        let module = FileManager.default.temporaryDirectory.appending(path: "\(source.stem)-\(UUID()).spv")
        defer { try? FileManager.default.removeItem(at: module) }
        let environment = ["--target-env", "vulkan1.3"]
        try run(
            "glslang",
            ["-V"] + environment + ["-I\(includeDirectory)"] + macros.map { "-D\($0.name)=\($0.value)" }
                + ["-o", module.path(), source.path])
        let data = try Data(contentsOf: module)
        let made = stride(from: 0, to: data.count - 3, by: 4).map { at in
            data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt32.self) }
        }
        let words = try SharedMemoryAccess.relyingOnBarriers(made, path: source.path)
        try words.withUnsafeBytes { Data($0) }.write(to: module)
        try run("spirv-val", environment + [module.path()])
        return words
    }

    private func run(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = prefix.appending(path: "bin/\(tool)")
        process.arguments = arguments
        process.environment = ["LD_LIBRARY_PATH": prefix.appending(path: "lib").path()]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ShaderError(compilerOutput: text) }
    }
}
