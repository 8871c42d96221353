import CShaderc
import Foundation

/// libshaderc: GLSL text in, SPIR-V 1.6 words out.
package struct Shaderc {
    private let compiler: OpaquePointer
    private let includeDirectory: String

    package init(includeDirectory: String) throws {
        guard let compiler = shaderc_compiler_initialize() else {
            throw ShaderError(compilerOutput: "error: libshaderc could not be initialised")
        }
        self.compiler = compiler
        self.includeDirectory = includeDirectory
    }

    /// Whether an extension of GLSL can be enabled.
    func knows(_ extensionName: String) -> Bool {
        let probe = ShaderSource(
            path: "probe.comp", text: "#version 460\n#extension \(extensionName) : require\nvoid main() {}\n")
        return (try? compile(probe, defining: [])) != nil
    }

    /// Compiles without SPIR-V optimisation: drivers optimise anyway, and names survive for reflection and profilers.
    package func compile(_ source: ShaderSource, defining macros: [(name: String, value: String)]) throws -> [UInt32] {
        guard let options = shaderc_compile_options_initialize() else {
            throw ShaderError(source.path, "libshaderc could not allocate options")
        }
        defer { shaderc_compile_options_release(options) }
        shaderc_compile_options_set_target_env(
            options, shaderc_target_env_vulkan, UInt32(shaderc_env_version_vulkan_1_3.rawValue))
        shaderc_compile_options_set_warnings_as_errors(options)
        for macro in macros {
            shaderc_compile_options_add_macro_definition(
                options, macro.name, macro.name.utf8.count, macro.value, macro.value.utf8.count)
        }
        let includer = Unmanaged.passRetained(Includer(directory: includeDirectory))
        defer { includer.release() }
        shaderc_compile_options_set_include_callbacks(
            options, Includer.resolve, Includer.release, includer.toOpaque())

        let result = shaderc_compile_into_spv(
            compiler, source.text, source.text.utf8.count, shaderc_compute_shader, source.path, "main", options)
        defer { shaderc_result_release(result) }
        guard shaderc_result_get_compilation_status(result) == shaderc_compilation_status_success else {
            throw ShaderError(
                compilerOutput: shaderc_result_get_error_message(result).map { String(cString: $0) } ?? "")
        }
        let bytes = UnsafeRawBufferPointer(
            start: shaderc_result_get_bytes(result), count: shaderc_result_get_length(result))
        return stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }
    }
}

/// Answers `#include "X.glsl"` with the file of that name in one directory.
private final class Includer {
    let directory: String

    init(directory: String) { self.directory = directory }

    static let resolve: shaderc_include_resolve_fn = { context, requested, _, _, _ in
        let directory = context.map { Unmanaged<Includer>.fromOpaque($0).takeUnretainedValue().directory } ?? "."
        let name = requested.map { String(cString: $0) } ?? ""
        let path = directory + "/" + name
        // An empty source name tells libshaderc that the content is an error message.
        let content = try? String(contentsOfFile: path, encoding: .utf8)
        let text = content ?? "cannot read include file '\(path)'"
        let source = content == nil ? "" : path
        let result = UnsafeMutablePointer<shaderc_include_result>.allocate(capacity: 1)
        result.initialize(
            to: shaderc_include_result(
                source_name: copy(source), source_name_length: source.utf8.count,
                content: copy(text), content_length: text.utf8.count, user_data: nil))
        return result
    }

    static let release: shaderc_include_result_release_fn = { _, result in
        guard let result else { return }
        result.pointee.source_name?.deallocate()
        result.pointee.content?.deallocate()
        result.deallocate()
    }

    /// A copy that lives until `release`.
    private static func copy(_ text: String) -> UnsafePointer<CChar> {
        let characters = Array(text.utf8CString)
        let storage = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        storage.initialize(from: characters, count: characters.count)
        return UnsafePointer(storage)
    }
}
