import Foundation

/// What goes wrong while a shader is compiled, already in the form `file:line: error: message`.
package struct ShaderError: Error, CustomStringConvertible {
    package var description: String

    init(_ path: String, line: Int = 1, _ message: String) {
        description = "\(path):\(line): error: \(message)"
    }

    init(compilerOutput: String) { description = compilerOutput }
}

/// One axis along which a kernel is compiled several times: `// variants: WEIGHT = F32, F16, Q4_0`. A value in parentheses
/// is left out of the variants' names.
struct VariantAxis {
    var name: String
    var values: [String]
    var unnamed: Set<String> = []
}

/// One combination of values, one for each axis.
struct ShaderVariant {
    var axes: [VariantAxis]
    var values: [String]

    /// `WEIGHT=WEIGHT_Q4_0` and, so that the preprocessor can compare, `WEIGHT_F32=0`, `WEIGHT_F16=1`, …
    var macros: [(name: String, value: String)] {
        zip(axes, values).flatMap { axis, value in
            axis.values.enumerated().map { ("\(axis.name)_\($1)", "\($0)") } + [(axis.name, "\(axis.name)_\(value)")]
        }
    }
}

/// A kernel's GLSL and what its head declares.
package struct ShaderSource {
    package var path: String
    var text: String
    var axes: [VariantAxis]
    /// What of GLSL a compiler may not know, without which the kernel is left out of the build: `// compiler: EXTENSION`.
    var neededExtension: String?
    /// The comment block at the top, without slashes and without declarations: it becomes the Swift documentation.
    var documentation: [String]

    var stem: String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }

    /// A text with nothing in its head.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        axes = []
        documentation = []
    }

    package init(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ShaderError(path, "cannot read the shader as UTF-8 text")
        }
        self.path = path
        self.text = text
        axes = []
        documentation = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("//") else { break }
            let comment = line.drop { $0 == "/" }.trimmingCharacters(in: .whitespaces)
            if comment.hasPrefix("variants:") {
                axes.append(try Self.axis(comment.dropFirst("variants:".count), path: path, line: index + 1))
            } else if comment.hasPrefix("compiler:") {
                neededExtension = comment.dropFirst("compiler:".count).trimmingCharacters(in: .whitespaces)
            } else {
                documentation.append(comment)
            }
        }
    }

    /// Every combination of the axes' values, the last axis running fastest.
    var variants: [ShaderVariant] {
        axes.reduce([[]]) { combinations, axis in
            combinations.flatMap { combination in axis.values.map { combination + [$0] } }
        }.map { ShaderVariant(axes: axes, values: $0) }
    }

    private static func axis(_ declaration: Substring, path: String, line: Int) throws -> VariantAxis {
        let sides = declaration.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
        let values = sides.count == 2 ? sides[1].split(separator: ",") : []
        guard let name = sides.first, !name.isEmpty, !values.isEmpty else {
            throw ShaderError(path, line: line, "expected '// variants: NAME = VALUE, VALUE'")
        }
        let spelled = values.map { $0.trimmingCharacters(in: .whitespaces) }
        let parentheses = CharacterSet(charactersIn: "()")
        return VariantAxis(
            name: name, values: spelled.map { $0.trimmingCharacters(in: parentheses) },
            unnamed: Set(spelled.filter { $0.hasPrefix("(") }.map { $0.trimmingCharacters(in: parentheses) }))
    }
}
