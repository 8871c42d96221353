import Foundation
import Testing

/// `llamarada profile`, run as people run it.
@Suite(.serialized) struct ProfileCommandTests {
    private static let model = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/models/q8_0.gguf").path()

    /// An event of Chrome's Trace Event Format, with what every reader of it needs.
    private struct Event {
        let phase: String
        let name: String
        let category: String
        let process: Int
        let thread: Int
        /// Nanoseconds.
        let start: Int
        let duration: Int
        let arguments: [String: Any]
        var end: Int { start + duration }

        init(_ json: [String: Any]) throws {
            phase = try #require(json["ph"] as? String)
            name = try #require(json["name"] as? String)
            category = try #require(json["cat"] as? String)
            process = try #require(json["pid"] as? Int)
            thread = try #require(json["tid"] as? Int)
            arguments = json["args"] as? [String: Any] ?? [:]
            guard phase == "X" else { (start, duration) = (0, 0); return }
            let ts = try #require(json["ts"] as? Double), dur = try #require(json["dur"] as? Double)
            try #require(ts >= 0 && dur >= 0)
            (start, duration) = (Int((ts * 1000).rounded()), Int((dur * 1000).rounded()))
        }
    }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "profile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func theTraceIsValidAndAddsUpToTheTable() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let trace = folder.appending(path: "trace.json"), page = folder.appending(path: "page.html")
        let program = try Program.run(
            "profile", "-m", Self.model, "-p", "20", "-n", "3", "-d", "2", "-ub", "8", "--json", "--no-overhead",
            "--trace", trace.path(), "--html", page.path())
        #expect(program.status == 0 && program.errors == "")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(program.output.utf8)) as? [String: Any])
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: trace)) as? [String: Any])
        let events = try #require(document["traceEvents"] as? [[String: Any]]).map(Event.init)
        try Self.checkTracks(events)
        try Self.checkSums(events, report)
        #expect(try String(contentsOf: page, encoding: .utf8).contains("default-src 'none'"))
        // Nothing but the two files: temporary ones are gone.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).count == 2)
    }

    /// Slices of a track are nested or disjoint; every track has a name.
    private static func checkTracks(_ events: [Event]) throws {
        #expect(Set(events.map(\.phase)) == ["X", "M"])
        let named = Set(events.filter { $0.name == "thread_name" }.map { [$0.process, $0.thread] })
        #expect(events.filter { $0.phase == "M" }.allSatisfy { $0.arguments["name"] is String })
        let tracks = Dictionary(grouping: events.filter { $0.phase == "X" }) { [$0.process, $0.thread] }
        #expect(Set(tracks.keys) == named && named.count == 4)
        for slices in tracks.values {
            var open: [Event] = []
            for slice in slices.sorted(by: { ($0.start, -$0.duration) < ($1.start, -$1.duration) }) {
                while let last = open.last, last.end <= slice.start { open.removeLast() }
                if let last = open.last { #expect(slice.end <= last.end, "\(slice.name) leaves \(last.name)") }
                open.append(slice)
            }
        }
        let kernels = events.filter { $0.category == "kernel" }
        #expect(!kernels.isEmpty)
        for kernel in kernels {
            #expect(kernel.arguments["shape"] is String && kernel.arguments["layer"] is String)
            #expect(kernel.arguments["bytes"] is Int && kernel.arguments["flops"] is Int)
        }
    }

    /// Kernel slices add up to the table's times, to a nanosecond of rounding each; both with gaps to the spans.
    private static func checkSums(_ events: [Event], _ report: [String: Any]) throws {
        let sections = try #require(report["sections"] as? [[String: Any]])
        #expect(sections.count == 4)
        for mode in ["overlapped", "serialized"] {
            let mine = sections.filter { $0["mode"] as? String == mode }
            func sum(_ key: String) -> Double { mine.reduce(0) { $0 + ($1[key] as? Double ?? .nan) } }
            let kernels = events.filter { $0.category == "kernel" && $0.thread == (mode == "overlapped" ? 1 : 2) }
            let sliced = Double(kernels.reduce(0) { $0 + $1.duration })
            #expect(abs(sliced - sum("kernel_nanoseconds")) <= Double(kernels.count))
            let passes = events.filter { $0.category == "pass" && $0.process == 2 }
                .filter { $0.thread == (mode == "overlapped" ? 1 : 2) }
            #expect(passes.count == 6)
            #expect(abs(Double(passes.reduce(0) { $0 + $1.duration }) - sum("span_nanoseconds")) <= 6)
            let gaps = mine.reduce(0) { $0 + (($1["gaps"] as? [String: Any])?["total_nanoseconds"] as? Double ?? .nan) }
            #expect(abs(sum("kernel_nanoseconds") + gaps - sum("span_nanoseconds")) <= 0.01 * sum("span_nanoseconds"))
            for section in mine {
                let rows = try #require(section["kernels"] as? [[String: Any]])
                let total = rows.reduce(0) { $0 + ($1["total_nanoseconds"] as? Double ?? .nan) }
                #expect(abs(total - (section["kernel_nanoseconds"] as? Double ?? .nan)) < 1)
            }
        }
    }

    @Test func theTableIsThereForPeople() throws {
        let program = try Program.run("profile", "-m", Self.model, "-p", "4", "-n", "2")
        #expect(program.status == 0)
        for text in [
            "Prompt, serialised", "Prompt, overlapped", "Decode, serialised", "Decode, overlapped", "of roof", "MatMul",
            "alternated pairs", "= span", "record",
        ] {
            #expect(program.output.contains(text), "\(text)")
        }
    }

    @Test(arguments: [
        ["-p", "0", "-n", "0"], ["-p", "-1"], ["-p", "3", "--prompt", "x"], ["--backend", "cpu"],
        ["-p", "9", "-n", "1", "-c", "5"], ["--trace", "/x", "--html", "/x"],
    ])
    func wrongUseIsAUsageError(arguments: [String]) throws {
        let program = try Program.run(["profile", "-m", Self.model] + arguments)
        #expect(program.status == 64 && program.output.isEmpty && !program.errors.isEmpty)
    }

    @Test func aFileThatCannotBeWrittenIsSaid() throws {
        let program = try Program.run(
            "profile", "-m", Self.model, "-p", "2", "-n", "0", "--no-overhead", "--trace", "/no/such/folder/trace.json")
        #expect(program.status == 5 && program.errors.contains("/no/such/folder/trace.json"))
    }

    @Test func withoutADriverItIsADeviceError() throws {
        let none = ["VK_DRIVER_FILES": "/dev/null", "VK_ICD_FILENAMES": "/dev/null"]
        #expect(try Program.run("profile", "-m", Self.model, environment: none).status == 4)
    }
}
