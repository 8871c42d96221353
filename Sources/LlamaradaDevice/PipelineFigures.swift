/// The figures of a compiled kernel that drivers have under different names; nil where a driver lacks one.
///
/// Known are the names of AMD's driver (RADV), Intel's (ANV), Mesa's for NVIDIA (NVK) and NVIDIA's own.
package struct PipelineFigures: Sendable, Equatable {
    /// Vector registers of a lane; NVIDIA's only kind.
    package var vectorRegisters: Int?
    /// Scalar registers of a subgroup.
    package var scalarRegisters: Int?
    /// Registers that did not fit and went to memory.
    package var spills: Int?
    /// Shared memory of a workgroup in bytes.
    package var sharedByteCount: Int?
    /// Private memory in bytes, a lane's or a subgroup's as the driver counts it.
    package var scratchByteCount: Int?
    /// Subgroups that a SIMD unit can hold at once with these registers and this shared memory.
    package var subgroupsPerSIMD: Int?
    package var instructions: Int?
    package var branches: Int?
    /// Size of the machine code in bytes.
    package var codeByteCount: Int?
    /// The compiler's estimate of cycles from a subgroup's start to its end, each loop taken to run a few times.
    package var latency: Int?
    /// The compiler's estimate of cycles that a subgroup keeps the busiest unit, under the same assumption.
    package var inverseThroughput: Int?

    package init(_ statistics: PipelineStatistics) {
        vectorRegisters = statistics.value(["VGPRs", "Register Count", "Max live registers", "Number of GPRs"])
        scalarRegisters = statistics.value(["SGPRs"])
        let spilled = ["Spilled VGPRs", "Spilled SGPRs", "Spill Count", "Spills to memory"].compactMap {
            statistics.value([$0])
        }
        spills = spilled.isEmpty ? nil : spilled.reduce(0, +)
        sharedByteCount = statistics.value(["LDS size", "LDS Size", "Workgroup Memory Size", "Shared Memory Size"])
        scratchByteCount = statistics.value([
            "Scratch size", "Scratch Memory Size", "Local Memory Size", "Stack Size", "SLM size",
        ])
        // NVIDIA's multiprocessors have four parts, each with subgroups of its own.
        subgroupsPerSIMD = statistics.value(["Subgroups per SIMD"]) ?? statistics.value(["Max warps/SM"]).map { $0 / 4 }
        instructions = statistics.value(["Instructions", "Instruction Count", "Instruction count"])
        branches = statistics.value(["Branches"])
        codeByteCount = statistics.value(["Code size", "Code Size", "Binary Size"])
        latency = statistics.value(["Latency", "Cycle Count", "Static cycle count"])
        inverseThroughput = statistics.value(["Inverse Throughput"])
    }
}
