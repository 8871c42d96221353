import Foundation
import LlamaradaTensors
import Testing

@Suite struct PlanTests {
    private static let model = Fixtures.model("q4_k_m")

    private func json(_ arguments: String...) throws -> (status: Int32, object: [String: Any]) {
        let program = try Program.run(["plan", "-m", Self.model, "--json"] + arguments)
        let object = try JSONSerialization.jsonObject(with: Data(program.outputBytes)) as? [String: Any]
        return (program.status, try #require(object, "\(program.errors)"))
    }

    @Test func aModelThatFits() throws {
        let program = try Program.run("plan", "-m", Self.model, "-c", "64", "--memory", "8G")
        #expect(program.status == 0 && program.errors.isEmpty, "\(program.errors)")
        #expect(program.output.contains("\nFITS: ") && program.output.contains(" of 8.6 GB device memory"))
        for word in ["weights", "Q4_K, Q6_K", "cache", "keys f16", "rotary angles", "largest binding", "IQ4_XS"] {
            #expect(program.output.contains(word), "\(word) in \(program.output)")
        }
        #expect(!program.output.contains("Speed"))
    }

    @Test func aModelThatDoesNot() throws {
        let program = try Program.run("plan", "-m", Self.model, "--memory", "1M")
        #expect(program.status == 1 && program.errors.isEmpty, "\(program.errors)")
        #expect(program.output.contains("\nDOES NOT FIT: "))
        #expect(program.output.contains(" needed, 1.0 MB device memory free, "))
        #expect(program.output.contains("--backend cpu"))
    }

    /// The advice is taken at its word.
    @Test func whatItAdvisesFits() throws {
        let arguments = ["plan", "-m", Self.model, "-c", "32768", "-ctk", "f32", "-ctv", "f32", "--memory", "64M"]
        let program = try Program.run(arguments)
        #expect(program.status == 1, "\(program.output)")
        let line = try #require(program.output.firstMatch(of: #/\n  -c (\d+) /#), "\(program.output)")
        let context = String(line.1)
        #expect(
            try Program.run("plan", "-m", Self.model, "-c", context, "-ctk", "f32", "-ctv", "f32", "--memory", "64M")
                .status == 0)
        #expect(program.output.contains("-ctk f16 -ctv f16 -c "))
    }

    @Test func jsonHasTheNumbers() throws {
        let (status, plan) = try json("-c", "256", "-np", "3", "--memory", "1G")
        #expect(status == 0 && plan["fits"] as? Bool == true && plan["fits_whole"] as? Bool == true)
        #expect(plan["context_length"] as? Int == 256 && plan["sequences"] as? Int == 3)
        #expect(plan["cache_tokens"] as? Int == 768 && plan["problem"] is NSNull && plan["peaks"] is NSNull)
        let memory = try #require(plan["memory"] as? [String: Int])
        let staging = try #require(memory["staging_bytes"])
        #expect(memory.values.reduce(0, +) - staging == plan["memory_bytes"] as? Int)
        let heap = try #require((plan["heaps"] as? [[String: Any]])?.first)
        #expect(heap["available_bytes"] as? Int == 1 << 30 && heap["missing_bytes"] as? Int == 0)
        let types = try #require(plan["types"] as? [[String: Any]])
        #expect(Set(types.compactMap { $0["type"] as? String }) == Set(ElementType.allCases.map(\.name)))
        #expect((plan["limits"] as? [String: Int])?["max_storage_buffer_range"] ?? 0 > 0)
        let (short, refused) = try json("-c", "256", "--memory", "1M")
        #expect(short == 1 && refused["fits"] as? Bool == false && refused["advice"] is [[String: Any]])
    }

    @Test func whatWasMeasuredIsRemembered() throws {
        try Fixtures.withTemporaryPath("cache") { cache in
            func plan(_ arguments: String...) throws -> String {
                let program = try Program.run(
                    ["plan", "-m", Self.model, "-c", "64"] + arguments, environment: ["XDG_CACHE_HOME": cache])
                #expect(program.status == 0 && program.errors.isEmpty, "\(program.errors)")
                return program.output
            }
            #expect(try !plan().contains("Speed"))
            for output in [try plan("--measure"), try plan()] {
                #expect(output.contains("decoding: at most ") && output.contains("GB/s that were measured"))
                #expect(output.contains("tokens/s at most"))
            }
            // Of another device nothing is known.
            #expect(try !plan("--memory", "8G").contains("Speed"))
        }
    }

    /// The plan of a load that is refused, and the refusal.
    @Test func anAbsurdContext() throws {
        let plan = try Program.run("plan", "-m", Self.model, "-c", "16777216", "-np", "256")
        #expect(plan.status == 1 && plan.output.contains("DOES NOT FIT: "), "\(plan.output)")
        let run = try Program.run("run", "-m", Self.model, "-c", "16777216", "-np", "256", "-p", "a")
        #expect(run.status == 4)
    }

    @Test func wrongArgumentsAndFiles() throws {
        for (arguments, status) in [
            (["-np", "0"], 64), (["-np", "257"], 64), (["-c", "-1"], 64), (["--memory", "much"], 64),
            (["--memory", "0"], 64), (["--memory", "99999999999G"], 64), (["--backend", "cpu"], 64),
            (["--memory", "8G", "--measure"], 64),
            (["-dev", "99"], 4),
        ] as [([String], Int32)] {
            let program = try Program.run(["plan", "-m", Self.model] + arguments)
            #expect(program.status == status && program.output.isEmpty && !program.errors.isEmpty, "\(arguments)")
        }
        for path in ["/nonexistent.gguf", Fixtures.root.appending(path: "README.md").path()] {
            let program = try Program.run("plan", "-m", path)
            #expect(program.status == 3 && program.output.isEmpty)
        }
        let program = try Program.run("plan", "-m", Self.model, environment: Program.noDriver)
        #expect(program.status == 4 && program.output.isEmpty)
    }
}
