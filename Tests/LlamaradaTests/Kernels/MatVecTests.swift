import Llamarada
import LlamaradaLab
import Testing

@Suite struct MatVecTests {
    @Test(arguments: Checks.represented(of: "MatVec")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// What GPUs with subgroups of a tile's 32 rows run by default, in subgroups of whatever size this device has: with
    /// weights without blocks and in blocks of each size, since all these forms take minutes to compile on CPUs.
    @Test(
        arguments: Checks.cases(of: "MatVec").filter {
            !$0.isLarge && ["F32", "BF16", "Q8_0", "Q4_1", "Q4_K", "Q6_K"].contains($0.variant)
        })
    func agreesWithASplitToEachSubgroup(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check) { device in
            var tuning = KernelTuning.narrow(device)
            (tuning.vectorSplits, tuning.mostVectorSplits) = (4, 4)
            return ("split", tuning)
        }
    }
}
