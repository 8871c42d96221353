import Foundation
import Testing

@Suite struct DoctorTests {
    @Test func someOperations() throws {
        let program = try Program.run("doctor", "-o", "cachewrite,Argmax")
        #expect(program.status == 0 && program.errors.isEmpty)
        #expect(program.output.hasPrefix("Device 0: "))
        #expect(program.output.contains("CacheWrite     F16 "))
        #expect(program.output.contains("\nFeatures: "))
        let lacks = program.output.split(separator: "\n").filter { $0.hasPrefix("Does without") }
        let hasMatrices = program.output.contains(", cooperative matrix")
        #expect(
            lacks.sorted()
                == (hasMatrices
                    ? [] : ["Does without MatrixAttention, MatrixMatMul: no cooperative matrix"]))
        #expect(program.output.contains("Argmax ") && !program.output.contains("MatVec"))
        #expect(program.output.contains(" checks of 2 operations in "))
    }

    @Test func json() throws {
        let program = try Program.run("doctor", "-o", "CacheWrite", "--json")
        #expect(program.status == 0)
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any])
        let results = try #require(report["results"] as? [[String: Any]])
        #expect(!results.isEmpty && results.allSatisfy { $0["passed"] as? Bool == true })
        #expect((report["summary"] as? [String: Any])?["failed"] as? Int == 0)
        #expect((report["device"] as? [String: Any])?["name"] is String)
    }

    @Test func unknownOperation() throws {
        let program = try Program.run("doctor", "-o", "MatMult")
        #expect(program.status == 64 && program.output.isEmpty)
        #expect(program.errors.contains("There is no operation 'MatMult'. Known: Embedding, RMSNorm, MatVec, MatMul"))
    }

    @Test func nothingCheckedIsAnError() throws {
        for list in [",", "", " , "] {
            let program = try Program.run("doctor", "-o", list)
            #expect(program.status == 64 && program.output.isEmpty, "'\(list)'")
        }
    }

    @Test func unknownDevice() throws {
        let program = try Program.run("doctor", "-dev", "77")
        #expect(program.status == 4 && program.output.isEmpty)
        #expect(program.errors.hasPrefix("There is no Vulkan device 77. Found "))
    }
}
