import Llamarada
import LlamaradaLab
import Testing

@Suite struct MatVecTests {
    @Test(arguments: Checks.cases(of: "MatVec")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// What GPUs with subgroups of a tile's 32 rows run by default, in subgroups of whatever size this device has.
    @Test(arguments: Checks.cases(of: "MatVec").filter { !$0.isLarge })
    func agreesWithASplitToEachSubgroup(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check) { device in
            var tuning = KernelTuning.narrow(device)
            (tuning.vectorSplits, tuning.mostVectorSplits) = (4, 4)
            return ("split", tuning)
        }
    }
}
