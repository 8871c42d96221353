import Foundation
import Testing

/// Kernels compiled for AMD GPUs that are not here, against what was recorded.
@Suite struct ShadersTests {
    /// LLAMARADA_RECORD=1 rewrites the baselines instead.
    @Test(arguments: ["navi21", "navi31"])
    func kernelsAreNoWorseThanTheirBaseline(gpu: String) throws {
        let program = try Program.run("shaders", "--gpu", gpu, "--json")
        try #require(program.status == 0, "mesa-vulkan-drivers must be installed: \(program.errors)")
        let shaders = try CompiledShaders(json: program.output)
        if ProcessInfo.processInfo.environment["LLAMARADA_RECORD"] == "1" {
            return try ShaderBaseline(shaders).write(gpu)
        }
        let problems = try ShaderBaseline.read(gpu).problems(shaders)
        #expect(
            problems.isEmpty,
            "\(gpu): \(problems.joined(separator: "\n")) If this is meant, LLAMARADA_RECORD=1 swift test --filter ShadersTests records anew."
        )
    }

    @Test func everyWeightTypeHasBothProducts() throws {
        let program = try Program.run("shaders", "--gpu", "navi21", "--json")
        let shaders = try CompiledShaders(json: program.output)
        for kernel in ["MatVec", "MatMul"] {
            let variants = shaders.pipelines.filter { $0.kernel == kernel }.map(\.variant)
            #expect(
                Set(variants) == [
                    "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
                    "Q6_K",
                    "IQ4_NL", "IQ4_XS", "MXFP4",
                ])
        }
    }

    @Test func machineCodeIsOfTheNamedKernelAlone() throws {
        let program = try Program.run("shaders", "--gpu", "navi21", "--isa", "swiglu")
        #expect(program.status == 0)
        #expect(program.output.contains("s_endpgm"))
        let headlines = program.output.split(separator: "\n").filter { $0.hasPrefix("; ") }
        #expect(headlines.count == 1 && headlines.allSatisfy { $0.hasPrefix("; SwiGLU") })
    }

    @Test func unknownGPUIsOneLine() throws {
        let program = try Program.run("shaders", "--gpu", "voodoo2")
        #expect(program.status == 4)
        #expect(program.errors.split(separator: "\n").count == 1)
        #expect(program.errors.contains("--gpu voodoo2: the installed Mesa compiles for no such GPU"))
    }

    @Test func fakeDeviceNamesTheToolThatStartsIt() throws {
        let program = try Program.run("shaders", "--gpu", "dg2")
        #expect(program.status == 4)
        #expect(program.errors.split(separator: "\n").count == 1)
        #expect(program.errors.contains("tools/absent-gpus/run dg2"))
    }

    @Test func missingDriverIsOneLine() throws {
        let nowhere = "/proc/no-drivers"
        let variables = [
            "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "VK_DRIVER_FILES",
            "VK_ICD_FILENAMES",
        ]
        let program = try Program.run(
            "shaders", "--gpu", "navi21", environment: Dictionary(uniqueKeysWithValues: variables.map { ($0, nowhere) })
        )
        #expect(program.status == 4)
        #expect(program.errors.split(separator: "\n").count == 1)
        #expect(program.errors.contains("Install mesa-vulkan-drivers"))
    }

    @Test func silentDriverNamesTheWayOut() throws {
        let folder = "/usr/share/vulkan/icd.d"
        let drivers = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("lvp_icd") }
        let driver = try #require(drivers.first, "lavapipe must be installed")
        let files = "\(folder)/\(driver)"
        let program = try Program.run(
            "shaders", environment: ["VK_DRIVER_FILES": files, "VK_ICD_FILENAMES": files])
        #expect(program.status == 4)
        #expect(program.errors.split(separator: "\n").count == 1)
        #expect(program.errors.contains("VK_KHR_pipeline_executable_properties"))
        #expect(program.errors.contains("--gpu"))
    }
}

/// The comparison itself.
@Suite struct ShaderBaselineTests {
    private func shaders(
        registers: Int = 40, spills: Int = 0, scratch: Int = 0, driver: String = "Mesa 1"
    ) -> CompiledShaders {
        CompiledShaders(
            driverInfo: driver,
            pipelines: [
                .init(
                    kernel: "MatMul", variant: "Q4_0", constants: ["tokens": 8], vectorRegisters: registers,
                    spills: spills, scratchBytes: scratch, sharedBytes: 0, instructions: 100)
            ])
    }

    @Test func theSameIsNoProblem() {
        #expect(ShaderBaseline(shaders()).problems(shaders()).isEmpty)
    }

    @Test(arguments: ["Mesa 1", "Mesa 2"])
    func spillsAndScratchAreProblemsOnAnyVersion(driver: String) {
        let baseline = ShaderBaseline(shaders())
        #expect(baseline.problems(shaders(spills: 1, driver: driver)).count == 1)
        #expect(baseline.problems(shaders(scratch: 16, driver: driver)).count == 1)
    }

    @Test func registersCountOnTheSameVersionAlone() {
        let baseline = ShaderBaseline(shaders())
        #expect(baseline.problems(shaders(registers: 44)).isEmpty)
        #expect(baseline.problems(shaders(registers: 45)).count == 1)
        #expect(baseline.problems(shaders(registers: 45, driver: "Mesa 2")).isEmpty)
    }

    @Test func unknownAndStalePipelinesAreProblems() {
        var baseline = ShaderBaseline(shaders())
        baseline.pipelines = [:]
        #expect(baseline.problems(shaders()).count == 1)
        let empty = CompiledShaders(driverInfo: "Mesa 1", pipelines: [])
        #expect(ShaderBaseline(shaders()).problems(empty).count == 1)
    }
}
