import Foundation
import PackagePlugin

/// Runs ShaderCompiler once for every kernel under `Shaders/Kernels` when it, or any file it may include, changed, and
/// once for the list of them all.
@main
struct CompileShaders: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let compiler = try context.tool(named: "ShaderCompiler")
        // Where tools/setup puts it.
        let glslang = context.package.directoryURL.appending(path: ".build-glslang/cmeel.prefix")
        let program = glslang.appending(path: "bin/glslang")
        let otherCompiler = FileManager.default.fileExists(atPath: program.path()) ? [program] : []
        let includes = target.directoryURL.appending(path: "Include")
        let included = try files(in: includes, withExtension: "glsl")
        let kernels = try files(in: target.directoryURL.appending(path: "Kernels"), withExtension: "comp")
        let list = context.pluginWorkDirectoryURL.appending(path: "AllKernels.generated.swift")
        let listing = Command.buildCommand(
            displayName: "Listing shaders", executable: compiler.url,
            arguments: ["--list", "--output", list.path()] + kernels.map { $0.path() }, inputFiles: [],
            outputFiles: [list])
        return [listing]
            + kernels.map { kernel in
                let stem = kernel.deletingPathExtension().lastPathComponent
                let output = context.pluginWorkDirectoryURL.appending(path: "\(stem).generated.swift")
                return .buildCommand(
                    displayName: "Compiling shader \(stem)",
                    executable: compiler.url,
                    arguments: [
                        "--include", includes.path(), "--glslang", glslang.path(), "--output", output.path(),
                        kernel.path(),
                    ],
                    inputFiles: [kernel] + included + otherCompiler,
                    outputFiles: [output])
            }
    }

    private func files(in directory: URL, withExtension name: String) throws -> [URL] {
        guard FileManager.default.fileExists(atPath: directory.path()) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == name }
            .sorted { $0.path() < $1.path() }
    }
}
