import Foundation
import ShaderCompiler
import Testing

/// What the build reads from a kernel's SPIR-V about the devices that can run it.
@Suite struct RequirementsTests {
    private static let path = "Kernels/Made.comp"

    /// Compiles a shader of these lines and reflects it.
    private func requirements(_ head: String, _ body: String, macros: [(name: String, value: String)] = []) throws
        -> ShaderRequirements
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-requirements-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "Made.comp")
        let text = """
            #version 460
            \(head)
            layout(local_size_x = 32) in;
            layout(binding = 0) buffer X { float x[]; };
            void main() { \(body) }
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        let source = try ShaderSource(path: file.path())
        let words = try Shaderc(includeDirectory: folder.path()).compile(source, defining: macros)
        return try Reflection(words, path: source.path).requirements()
    }

    /// A module that declares capabilities and nothing else.
    private func module(_ capabilities: [UInt32]) throws -> Reflection {
        let words: [UInt32] = capabilities.flatMap { [2 << 16 | 17, $0] }
        return try Reflection([0x0723_0203, 0x0001_0600, 0, 1, 0] + words, path: Self.path)
    }

    @Test func aPlainKernelNeedsNothing() throws {
        let found = try requirements("", "x[0] += 1;")
        #expect(found.features == [] && found.subgroupOperations == [])
    }

    @Test func subgroupOperationsAreNamed() throws {
        let head = """
            #extension GL_KHR_shader_subgroup_arithmetic : require
            #extension GL_KHR_shader_subgroup_shuffle : require
            """
        let found = try requirements(head, "x[0] = subgroupShuffle(subgroupAdd(x[1]), 2);")
        #expect(found.features == [] && found.subgroupOperations == ["basic", "arithmetic", "shuffle"])
    }

    @Test func halfPrecision() throws {
        let head = """
            #extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
            #extension GL_EXT_shader_16bit_storage : require
            layout(binding = 1) buffer Y { float16_t y[]; };
            """
        #expect(try requirements(head, "y[0] = y[1] * y[2];").features == ["float16", "storage16"])
        // Loads that are widened at once need no arithmetic.
        #expect(try requirements(head, "x[0] = float(y[0]);").features == ["storage16"])
    }

    @Test func bytes() throws {
        let head = """
            #extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
            layout(binding = 1) buffer Y { int8_t y[]; };
            """
        #expect(try requirements(head, "y[0] = y[1] * y[2];").features == ["int8", "storage8"])
    }

    /// glslang knows no extension for dot products, but takes SPIR-V's instruction as it is.
    @Test func integerDotProduct() throws {
        let head = """
            #extension GL_EXT_spirv_intrinsics : require
            spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6019, 6018], id = 4450)
            int sdot4(int a, int b, spirv_literal int packing);
            """
        #expect(try requirements(head, "x[0] = float(sdot4(int(x[1]), 3, 0));").features == ["integerDotProduct"])
    }

    @Test func memoryModel() throws {
        let head = "#pragma use_vulkan_memory_model\n#extension GL_KHR_memory_scope_semantics : require"
        #expect(try requirements(head, "x[0] += 1;").features == ["memoryModel"])
    }

    /// Older glslang has no cooperative matrices, so their module is written by hand.
    @Test func cooperativeMatrix() throws {
        let found = try module([1, 9, 4433, 5345, 6022, 61]).requirements()
        #expect(found.features == ["float16", "storage16", "memoryModel", "cooperativeMatrix"])
        #expect(found.subgroupOperations == ["basic"])
    }

    @Test func whatIsNotKnownFailsTheBuild() throws {
        let reflection = try module([1, 10])
        let error = try #require(throws: ShaderError.self) { try reflection.requirements() }
        #expect(error.description.hasPrefix("\(Self.path):1: error: the kernel uses SPIR-V capability 10,"))
        #expect(throws: ShaderError.self) { try requirements("", "double d = x[0]; x[0] = float(d * d);") }
    }

    /// A variant may need more than its neighbour: the type that is generated says so of each.
    @Test func eachVariantHasItsOwn() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "llamarada-variants-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "Made.comp")
        let text = """
            // variants: MATH = PLAIN, HALF
            #version 460
            #if MATH == MATH_HALF
            #extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
            #define T float16_t
            #else
            #define T float
            #endif
            layout(local_size_x = 32) in;
            layout(binding = 0) buffer X { float x[]; };
            void main() { x[0] = float(T(x[1]) * T(x[2])); }
            """
        try text.write(to: file, atomically: true, encoding: .utf8)
        let swift = try typedInterface(of: file.path(), includeDirectory: folder.path())
        #expect(swift.contains("case 0: return KernelRequirements(features: [], subgroupOperations: [])"))
        #expect(swift.contains("default: return KernelRequirements(features: [.float16], subgroupOperations: [])"))
    }

    @Test func everyKernelIsListed() {
        let swift = list(of: ["/a/Add.comp", "/a/MatVec.comp"])
        #expect(swift.contains("            Add.self,\n            MatVec.self,\n"))
    }
}
