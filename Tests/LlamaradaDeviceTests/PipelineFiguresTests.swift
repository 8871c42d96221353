import LlamaradaDevice
import Testing

/// Every driver's own names of statistics, as recorded of a matrix-vector product in Q4_0.
@Suite struct PipelineFiguresTests {
    private func figures(_ statistics: [(String, Double)]) -> PipelineFigures {
        PipelineFigures(
            PipelineStatistics(
                subgroupSize: 32, statistics: statistics.map { PipelineStatistic(name: $0.0, value: $0.1) }))
    }

    @Test func radv() {
        let figures = figures([
            ("SGPRs", 128), ("VGPRs", 48), ("Spilled SGPRs", 3), ("Spilled VGPRs", 2), ("Code size", 1228),
            ("LDS size", 1024), ("Scratch size", 16), ("Subgroups per SIMD", 14), ("Instructions", 245),
            ("Branches", 5),
            ("Latency", 4664), ("Inverse Throughput", 2611),
        ])
        #expect(figures.vectorRegisters == 48 && figures.scalarRegisters == 128 && figures.spills == 5)
        #expect(figures.sharedByteCount == 1024 && figures.scratchByteCount == 16 && figures.subgroupsPerSIMD == 14)
        #expect(figures.instructions == 245 && figures.branches == 5 && figures.codeByteCount == 1228)
        #expect(figures.latency == 4664 && figures.inverseThroughput == 2611)
    }

    @Test func anv() {
        let figures = figures([
            ("Instruction Count", 314), ("SEND Count", 27), ("Loop Count", 1), ("Cycle Count", 14866),
            ("Spill Count", 4),
            ("Fill Count", 9), ("Scratch Memory Size", 512), ("Max dispatch width", 16), ("Max live registers", 49),
            ("Workgroup Memory Size", 1024),
        ])
        #expect(figures.vectorRegisters == 49 && figures.spills == 4 && figures.scratchByteCount == 512)
        #expect(figures.sharedByteCount == 1024 && figures.instructions == 314 && figures.latency == 14866)
        #expect(figures.scalarRegisters == nil && figures.subgroupsPerSIMD == nil)
    }

    @Test func nvk() {
        let figures = figures([
            ("Instruction count", 376), ("Static cycle count", 8391), ("Max warps/SM", 48), ("Spills to memory", 6),
            ("Fills from memory", 7), ("Spills to reg", 1), ("Code size", 6016), ("Number of GPRs", 24),
            ("SLM size", 32),
        ])
        #expect(figures.vectorRegisters == 24 && figures.spills == 6 && figures.scratchByteCount == 32)
        #expect(figures.subgroupsPerSIMD == 12 && figures.instructions == 376 && figures.latency == 8391)
        #expect(figures.codeByteCount == 6016 && figures.sharedByteCount == nil)
    }
}
