import Foundation
import Testing

/// The description that the tests run with, where a variable names just one.
private let driver = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].compactMap { ProcessInfo.processInfo.environment[$0] }
    .first { !$0.isEmpty && !$0.contains(":") }

/// Driver descriptions that the loader can't take: it finds no driver at all, or crashes.
@Suite(.enabled(if: driver != nil)) struct DriverListTests {
    private static func icd(_ library: String, _ version: String = #""1.3.0""#) -> String {
        #"{"file_format_version": "1.0.0", "ICD": {"library_path": \#(library), "api_version": \#(version)}}"#
    }

    private static let bad = [
        "", "{", "x", "[1, 2]", "{}", #"{"file_format_version": "1.0.0"}"#, icd("5"), icd(#""libx.so""#, "[]"),
        #"{"file_format_version": "1.0.0", "ICD": 3}"#, String(repeating: "[", count: 100_000), "\u{0}\u{1}",
        icd(#""/nonexistent/libx.so""#), icd(#""./libx.so""#),
    ]

    private func devices(_ files: String) throws -> Program {
        try Program.run("devices", environment: ["VK_DRIVER_FILES": files, "VK_ICD_FILENAMES": files])
    }

    @Test(arguments: bad.indices) func theGoodOneIsUsedAndTheBadOneNamed(_ index: Int) throws {
        let good = try #require(driver)
        let alone = try devices(good)
        try Fixtures.withTemporaryPath("bad.json") { path in
            try Data(Self.bad[index].utf8).write(to: URL(filePath: path))
            for files in ["\(path):\(good)", "\(good):\(path)"] {
                let both = try devices(files)
                #expect(both.status == 0 && both.errors.split(separator: "\n").count == 1, "\(both.errors)")
                #expect(both.errors.hasPrefix("warning: ") && both.errors.contains(path), "\(both.errors)")
                #expect(both.output.split(separator: "\n").first == alone.output.split(separator: "\n").first)
            }
            let none = try devices(path)
            #expect(none.status == 4 && none.output.isEmpty && none.errors.contains(path), "\(none.errors)")
            #expect(none.errors.split(separator: "\n").count == 1)
        }
    }

    /// The same for a file in a folder where the loader looks by itself.
    @Test func foldersOfTheSystem() throws {
        let good = try #require(driver)
        try Fixtures.withTemporaryPath("home") { home in
            let folder = "\(home)/vulkan/icd.d"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: good, toPath: "\(folder)/good.json")
            try Data("{".utf8).write(to: URL(filePath: "\(folder)/bad.json"))
            let program = try Program.run(
                "devices", environment: ["VK_DRIVER_FILES": "", "VK_ICD_FILENAMES": "", "XDG_DATA_HOME": home])
            #expect(program.status == 0 && program.errors.contains("\(folder)/bad.json"), "\(program.errors)")
        }
    }
}
