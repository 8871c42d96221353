/// Compiles a kernel's variants with the compiler that knows what they need.
struct KernelCompiler {
    /// Whether the modules can run. Where no compiler knows what a kernel needs, they only have its interface
    /// (INTERFACE_ONLY), so that the Swift code is the same with and without it.
    let isInBuild: Bool
    private let source: ShaderSource
    private let shaderc: Shaderc
    private let glslang: Glslang?

    init(_ source: ShaderSource, includeDirectory: String, glslang prefix: String) throws {
        self.source = source
        shaderc = try Shaderc(includeDirectory: includeDirectory)
        guard let needed = source.neededExtension, !shaderc.knows(needed) else {
            glslang = nil
            isInBuild = true
            return
        }
        glslang = Glslang(prefix: prefix, includeDirectory: includeDirectory)
        isInBuild = glslang != nil
    }

    func compile(_ variant: ShaderVariant) throws -> [UInt32] {
        if let glslang { return try glslang.compile(source, defining: variant.macros) }
        let macros = variant.macros + (isInBuild ? [] : [("INTERFACE_ONLY", "1")])
        return try SharedMemoryAccess.relyingOnBarriers(
            shaderc.compile(source, defining: macros), path: source.path)
    }
}
