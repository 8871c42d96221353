import Llamarada
import LlamaradaDevice
import LlamaradaLab
import TestSupport
import Testing

@Suite struct TopKTests {
    @Test(arguments: Checks.cases(of: "TopK")) func agrees(_ check: CheckCase) async throws {
        try await CheckRunner.shared.expect(check)
    }

    /// Every column lies in one part, no part is empty, and what they give has room, whatever the rows.
    @Test func parts() throws {
        var tuning = KernelTuning.wide(try Device())
        for rows in [1, 2, 3, 5, 64, 65, 1000] {
            for columns in [1, 7, 1023, 1024, 1025, 32_000, 49_152, 128_256] {
                let parts = LogitParts(rows: rows, columns: columns, tuning)
                #expect(parts.count >= 1 && (parts.count - 1) * parts.width < columns)
                #expect(parts.count * parts.width >= columns)
                if parts.count > 1 {
                    #expect(rows * parts.count * SamplerRow.largestDeviceTopK <= LogitParts.candidateRoom)
                    #expect(parts.width >= 4 * SamplerRow.largestDeviceTopK)
                }
            }
        }
        #expect(LogitParts(rows: 1, columns: 128_256, tuning).count == KernelTuning.mostParts)
        tuning.rowParts = 1
        #expect(LogitParts(rows: 1, columns: 128_256, tuning).count == 1)
    }
}
