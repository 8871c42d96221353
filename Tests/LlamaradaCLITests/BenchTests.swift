import Foundation
import Glibc
import Testing

@Suite struct BenchTests {
    private static let model = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/models/q4_0.gguf").standardized.path()

    private func bench(_ arguments: String...) throws -> Program {
        let program = try Program.run(
            ["bench", "-m", Self.model, "-p", "4,8", "-n", "2", "-pg", "4,2", "-d", "0,4", "-r", "2"]
                + arguments)
        #expect(program.status == 0, "\(program.errors)")
        return program
    }

    @Test func json() throws {
        let output = try bench("--backend", "cpu", "-o", "json").output
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
        #expect(rows.count == 8)
        let keys = [
            "build_commit", "build_number", "cpu_info", "gpu_info", "backends", "model_filename", "model_type",
            "model_size", "model_n_params", "n_batch", "n_ubatch", "n_threads", "type_k", "type_v", "n_gpu_layers",
            "split_mode", "main_gpu", "no_kv_offload", "flash_attn", "devices", "tensor_split", "use_mmap",
            "embeddings",
            "n_prompt", "n_gen", "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts", "stddev_ts", "samples_ns",
            "samples_ts",
        ]
        for key in keys { #expect(rows.allSatisfy { $0[key] != nil }, "\(key)") }
        let shapes = rows.map { [$0["n_prompt"], $0["n_gen"], $0["n_depth"]].compactMap { $0 as? Int } }
        #expect(
            shapes == [0, 4].flatMap { depth in [[4, 0, depth], [8, 0, depth], [0, 2, depth], [4, 2, depth]] })
        for row in rows {
            let samples = try #require(row["samples_ts"] as? [Double])
            let mean = try #require(row["avg_ts"] as? Double)
            #expect(samples.count == 2 && abs(mean - (samples[0] + samples[1]) / 2) < 1e-6 * mean)
            #expect(row["flops"] is NSNull)
        }
    }

    @Test func jsonLines() throws {
        let lines = try bench("-o", "jsonl").output.split(separator: "\n")
        #expect(lines.count == 8)
        for line in lines {
            let row = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            for key in ["bytes_per_token", "read_bandwidth_share", "flops_share", "host_ns_per_token"] {
                #expect((row[key] as? Double ?? 0) > 0, "\(key)")
            }
            #expect(row["submissions_per_token"] as? Double ?? 2 <= 1)
        }
    }

    @Test func csv() throws {
        let lines = try bench("--backend", "cpu", "-o", "csv").output.split(separator: "\n")
        #expect(lines.count == 9)
        let keys = lines[0].split(separator: ",")
        #expect(keys.first == "build_commit" && !keys.contains("samples_ns"))
        for line in lines.dropFirst() {
            #expect(line.hasPrefix("\"") && line.hasSuffix("\""))
            #expect(line.dropFirst().dropLast().components(separatedBy: "\",\"").count == keys.count)
        }
    }

    @Test func markdownShowsWhatVaries() throws {
        let lines = try bench("-ctk", "f16,q8_0").output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("|") }.count == 2 + 16)
        #expect(Set(lines.filter { $0.hasPrefix("|") }.map { $0.filter { $0 == "|" }.count }).count == 1)
        #expect(lines[0].contains("type_k") && !lines[0].contains("type_v") && !lines[0].contains("n_ubatch"))
        for name in [" pp8 |", " tg2 |", " pp4+tg2 |", " tg2 @ d4 |"] {
            #expect(lines.contains { $0.contains(name) && $0.contains(" ± ") }, "\(name)")
        }
        #expect(lines.last?.hasPrefix("build: ") == true)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"))) func sqlRunsInSQLite() throws
    {
        let sql = try bench("--backend", "cpu", "-o", "sql").output
        let file = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID()).sql")
        try Data(sql.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            """
            import sqlite3, sys
            base = sqlite3.connect(":memory:")
            base.executescript(open(sys.argv[1]).read() * 2)
            query = "SELECT count(*), sum(n_prompt), min(avg_ts) > 0, sum(flops IS NULL) FROM llama_bench"
            print(base.execute(query).fetchone())
            """, file.path(),
        ]
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(output == "(16, 64, 1, 16)\n")
    }

    /// On a CPU driver host and device share one memory, so all layers lie in it.
    @Test func layersOnTheDevice() throws {
        let lines = try bench("-ngl", "0,99").output.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(lines.count == 2 + 16 && lines[0].contains(" ngl |"))
        let rows = try Program.run(
            "bench", "-m", Self.model, "-p", "4", "-n", "0", "-r", "1", "-ngl", "1", "-o", "jsonl")
        #expect(rows.output.contains(#""n_gpu_layers":3"#), "\(rows.output)\(rows.errors)")
    }

    @Test func severalSequencesAtOnce() throws {
        let lines = try bench("-np", "1,3", "--sampling", "default", "-o", "jsonl").output.split(separator: "\n")
        let rows = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(Set(rows.compactMap { $0["n_parallel"] as? Int }) == [1, 3])
        for row in rows { #expect(row["avg_ts"] as? Double ?? 0 > 0) }
        let wrong = try Program.run("bench", "-m", "x", "-np", "0")
        #expect(wrong.status == 64 && wrong.errors.contains("-np"))
    }

    @Test func peaksAlone() throws {
        let program = try Program.run("bench", "--peaks", "-o", "jsonl")
        let row = try #require(try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any])
        #expect((row["peak_read_bytes_per_second"] as? Double ?? 0) > 1e6)
        #expect((row["peak_flops"] as? Double ?? 0) > 1e6)
        // The driver that tests run on has both.
        #expect((row["peak_f16_flops"] as? Double ?? 0) > 1e6 && (row["peak_dot8_ops"] as? Double ?? 0) > 1e6)
    }

    @Test func kernelAlone() throws {
        let program = try Program.run(
            "bench", "--op", "MatVec", "--type", "Q4_0,q6_k", "--shape", "64x256,33x512", "--columns", "1,3",
            "--tuning",
            "all", "-o", "jsonl")
        #expect(program.status == 0, "\(program.errors)")
        let rows = try program.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(rows.count == 2 * 2 * 2 * 2)
        for row in rows {
            for key in ["median_ns", "weight_bytes_per_second", "bandwidth_share", "flops", "flops_share"] {
                #expect((row[key] as? Double ?? 0) > 0, "\(key)")
            }
            #expect((row["kernel"] as? String ?? "").hasPrefix("MatVec \(row["type"] as? String ?? "")"))
        }
        #expect(Set(rows.compactMap { $0["tuning"] as? String }) == ["narrow", "wide"])
        let table = try Program.run("bench", "--op", "matmul", "--type", "F16", "--shape", "40x30", "--columns", "9")
        #expect(table.status == 0 && table.output.contains("| MatMul |") && table.output.contains("measured read"))
    }

    /// What is not known is answered with what is.
    @Test(arguments: [
        (["--op", "Conv"], "MatVec"), (["--op", "MatVec", "--type", "Q9"], "Q4_K"),
        (["--op", "MatVec", "--shape", "4096"], "4096x4096"),
        (["--op", "MatVec", "--shape", "0x32"], "4096x4096"),
        (["--op", "MatVec", "--type", "Q4_K", "--shape", "64x96"], "whole blocks of 256"),
    ])
    func unknownKernel(arguments: [String], words: String) throws {
        let program = try Program.run(["bench"] + arguments)
        #expect(program.status == 64 && program.errors.contains(words), "\(program.errors)")
    }

    @Test(arguments: [
        ["bench"], ["bench", "-m", model, "-p", "0", "-n", "0"], ["bench", "-m", model, "-p", "8-4"],
        ["bench", "-m", model, "-r", "0"], ["bench", "-m", model, "-pg", "4"], ["bench", "-m", model, "-o", "xml"],
        ["bench", "-m", model, "-ub", "0"], ["bench", "-m", model, "-ctk", "q3"], ["bench", "--peaks", "-m", model],
        ["bench", "--op", "MatVec", "-m", model], ["bench", "--op", "MatVec", "--peaks"], ["bench", "--type", "Q4_0"],
        ["bench", "--op", "MatVec", "--columns", "0"], ["bench", "--op", "MatVec", "--backend", "cpu"],
        ["bench", "--op", "MatVec", "--tuning", "huge"],
        ["bench", "--peaks", "--backend", "cpu"], ["bench", "-m", model, "-t", "0"], ["bench", "-m", ","],
    ])
    func wrongUse(arguments: [String]) throws {
        let program = try Program.run(arguments)
        #expect(program.status == 64 && program.errors.hasPrefix("Error: ") && program.output.isEmpty)
    }

    @Test func missingModel() throws {
        #expect(try Program.run("bench", "-m", "/nowhere.gguf", "--backend", "cpu").status == 3)
        // Before anything is measured: without a driver even the device's peaks would fail first.
        let last = try Program.run(
            "bench", "-m", "\(Self.model),\(Self.model),/nowhere.gguf", environment: Program.noDriver)
        #expect(last.status == 3 && last.output.isEmpty && last.errors.contains("/nowhere.gguf"))
    }

    /// A model that fails after others were measured does not take their rows along.
    @Test func laterModelFails() throws {
        try Fixtures.withTemporaryPath("cut.gguf") { path in
            try FileManager.default.copyItem(atPath: Self.model, toPath: path)
            let running = try Program.start(
                "bench", "-m", "\(Self.model),\(path)", "--backend", "cpu", "-p", "4,64", "-n", "0", "-r", "20", "-o",
                "json")
            let first = running.waitForOutput()
            // Its header was read already; its weights are still to come.
            #expect(truncate(path, 30_000) == 0)
            let program = try running.finish()
            #expect(program.status == 5 && program.errors.contains("cut.gguf"), "\(program.errors)")
            let rows = try JSONSerialization.jsonObject(with: Data(first + program.outputBytes)) as? [Any]
            #expect(rows?.count == 2)
        }
    }

    @Test func moreThanTheTrainedContextIsSaid() throws {
        let program = try Program.run(
            "bench", "-m", Self.model, "--backend", "cpu", "-p", "4", "-n", "0", "-r", "1", "-d", "600")
        #expect(program.status == 0 && program.errors.contains("604 tokens"), "\(program.errors)")
    }
}
