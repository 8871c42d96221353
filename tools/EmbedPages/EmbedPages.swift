import Foundation
import PackagePlugin

/// Runs EmbedFiles once for all pages, scripts and styles under `Pages` when it or one of them changed.
@main
struct EmbedPages: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let files = try FileManager.default.contentsOfDirectory(
            at: target.directoryURL.appending(path: "Pages"), includingPropertiesForKeys: nil
        )
        .filter { ["html", "js", "css", "svg"].contains($0.pathExtension) }
        .sorted { $0.path() < $1.path() }
        let output = context.pluginWorkDirectoryURL.appending(path: "PageFiles.generated.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) files of pages",
                executable: try context.tool(named: "EmbedFiles").url,
                arguments: ["--type", "PageFiles", "--output", output.path()] + files.map { $0.path() },
                inputFiles: files, outputFiles: [output])
        ]
    }
}
