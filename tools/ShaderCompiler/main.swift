// ShaderCompiler: one GLSL kernel in, one Swift file with its typed interface and its SPIR-V out.
//
//   ShaderCompiler --include DIR --output FILE.swift KERNEL.comp
//
// Every variant that the shader's head declares is compiled through libshaderc and reflected; see ShaderSource.swift
// for the declarations and SwiftEmitter.swift for what is generated. Diagnostics are `file:line: error: message`.

import Foundation

struct Arguments {
    var kernel = ""
    var output = ""
    var includeDirectory = ""

    init?(_ words: [String]) {
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--include": includeDirectory = rest.popFirst() ?? ""
            case "--output": output = rest.popFirst() ?? ""
            default: kernel = word
            }
        }
        if kernel.isEmpty || output.isEmpty { return nil }
    }
}

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

guard let arguments = Arguments(CommandLine.arguments) else {
    fail("usage: ShaderCompiler --include DIR --output FILE.swift KERNEL.comp")
}

do {
    let source = try ShaderSource(path: arguments.kernel)
    let compiler = try Shaderc(includeDirectory: arguments.includeDirectory)
    let variants = try source.variants.map { variant in
        let words = try compiler.compile(source, defining: variant.macros)
        return CompiledVariant(
            variant: variant, words: words, interface: try Reflection(words, path: source.path).interface())
    }
    let text = try SwiftEmitter(source: source, variants: variants).text()
    try text.write(toFile: arguments.output, atomically: true, encoding: .utf8)
} catch {
    fail("\(error)")
}
