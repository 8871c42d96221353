import Foundation
import Testing

private let isAsked = ProcessInfo.processInfo.environment["LLAMARADA_ABSENT_GPUS"] != nil

/// Kernels compiled for seven GPUs that are not here, against what was recorded. The drivers are 600 MB that tools/test
/// does not fetch: tools/absent-gpus/check does, and asks for this.
@Suite(.enabled(if: isAsked)) struct AbsentGPUTests {
    private static let tool = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "tools/absent-gpus/run").path()

    /// LLAMARADA_RECORD=1 rewrites the baselines instead.
    @Test(arguments: ["navi21", "navi31", "dg2", "bmg", "turing", "ampere", "ada"])
    func kernelsAreNoWorseThanTheirBaseline(gpu: String) throws {
        let program = try Running(
            Self.tool, [gpu, Program.path, "shaders", "--gpu", gpu, "--json"], [:]
        ).finish()
        try #require(program.status == 0, "\(gpu): \(program.errors)")
        let shaders = try CompiledShaders(json: program.output)
        #expect(shaders.pipelines.allSatisfy { $0.vectorRegisters != nil && $0.instructions != nil })
        if ProcessInfo.processInfo.environment["LLAMARADA_RECORD"] == "1" {
            return try ShaderBaseline(shaders).write("absent/\(gpu)")
        }
        let problems = try ShaderBaseline.read("absent/\(gpu)").problems(shaders)
        #expect(
            problems.isEmpty,
            "\(gpu): \(problems.joined(separator: "\n")) If this is meant, tools/absent-gpus/check record records anew."
        )
    }
}
