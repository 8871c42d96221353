// ShaderCompiler: one GLSL kernel in, one Swift file with its typed interface and its SPIR-V out.
//
//   ShaderCompiler --include DIR [--glslang PREFIX] --output FILE.swift KERNEL.comp
//   ShaderCompiler --list --output FILE.swift KERNEL.comp…
//
// Every variant that the shader's head declares is compiled through libshaderc and reflected; see ShaderSource.swift
// for the declarations and SwiftEmitter.swift for what is generated. With --list the file names every kernel's type, for
// what goes through all of them. Diagnostics are `file:line: error: message`.

import Foundation

struct Arguments {
    var kernels: [String] = []
    var output = ""
    var includeDirectory = ""
    var glslang = ""
    var isList = false

    init?(_ words: [String]) {
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--include": includeDirectory = rest.popFirst() ?? ""
            case "--glslang": glslang = rest.popFirst() ?? ""
            case "--output": output = rest.popFirst() ?? ""
            case "--list": isList = true
            default: kernels.append(word)
            }
        }
        if kernels.isEmpty || output.isEmpty || (kernels.count > 1 && !isList) { return nil }
    }
}

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

guard let arguments = Arguments(CommandLine.arguments) else {
    fail("usage: ShaderCompiler --include DIR --output FILE.swift KERNEL.comp")
}

/// The Swift file for one kernel.
///
/// - Parameter glslang: the prefix of another compiler, for kernels that need what libshaderc does not know.
package func typedInterface(of kernel: String, includeDirectory: String, glslang: String = "") throws -> String {
    let source = try ShaderSource(path: kernel)
    let compiler = try KernelCompiler(source, includeDirectory: includeDirectory, glslang: glslang)
    let variants = try source.variants.map { variant in
        let words = try compiler.compile(variant)
        let reflection = try Reflection(words, path: source.path)
        return CompiledVariant(
            variant: variant, words: words, interface: try reflection.interface(),
            requirements: try reflection.requirements(), texelBindings: reflection.texelBindings)
    }
    return try SwiftEmitter(source: source, variants: variants, isInBuild: compiler.isInBuild).text()
}

/// The Swift file that lists all kernels.
package func list(of kernels: [String]) -> String {
    let stems = kernels.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }
    return """
        // Generated from the names of the kernels. Do not edit.
        package import LlamaradaDevice

        /// Every kernel there is.
        package enum AllKernels {
            package static var types: [any Kernel.Type] {
                [
        \(stems.map { "            \($0).self," }.joined(separator: "\n"))
                ]
            }
        }

        """
}

do {
    let text =
        try arguments.isList
        ? list(of: arguments.kernels)
        : typedInterface(
            of: arguments.kernels[0], includeDirectory: arguments.includeDirectory, glslang: arguments.glslang)
    try text.write(toFile: arguments.output, atomically: true, encoding: .utf8)
} catch {
    fail("\(error)")
}
