import Foundation
import Testing

/// Flags and commands are spelled by the command line alone: a library's caller has neither.
@Suite struct SpelledFlagsTests {
    /// What reports print for somebody who called the program, by file.
    private static let allowed = [
        "LlamaradaReports/Compare/CompareReport+Page.swift": ["llamarada compare"],
        "LlamaradaReports/Compare/CompareReport+Verdict.swift": ["--no-fuse", "llamarada doctor", "-o"],
        "LlamaradaReports/Compare/CompareReport.swift": ["-n"],
        "LlamaradaReports/Devices/DoctorReport.swift": ["llamarada devices", "--json"],
        "LlamaradaReports/Profile/ChromeTrace+JSON.swift": ["llamarada profile"],
        "LlamaradaReports/Profile/ProfileReport+Page.swift": ["llamarada profile"],
        // Of a file's name: NAME-00001-of-00003.gguf.
        "LlamaradaTensors/Formats/GGUF/SplitFiles.swift": ["-of-"],
    ]

    @Test func noLibrarySpellsAFlag() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let names = try #require(FileManager.default.enumerator(atPath: sources.path())).compactMap { $0 as? String }
        let files = names.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("LlamaradaCLI/") }
        #expect(files.count > 100)
        for file in files {
            let source = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            let found = Self.spelled(in: SwiftText.literals(of: source)).subtracting(Self.allowed[file] ?? [])
            #expect(found.isEmpty, "\(file) spells \(found.sorted())")
        }
    }

    @Test func flagsAreFoundInTextAlone() {
        func found(_ source: String) -> Set<String> { Self.spelled(in: SwiftText.literals(of: source)) }
        #expect(found(#"throw Failure("Use -c \(x - y) or --backend cpu.")  // as -b"#) == ["-c", "--backend"])
        #expect(found(#"let x = exp(-value) + names["a-b"]"#).isEmpty)
        #expect(found("let x = \"\"\"\n    run 'llamarada doctor' (-ub)\n    \"\"\"") == ["llamarada doctor", "-ub"])
    }

    private static func spelled(in texts: [String]) -> Set<String> {
        let flag = #/(?:^|[^\w\-\])}])(--?[a-z][a-z\-]*)/#
        let command = #/llamarada [a-z]+/#
        return Set(
            // Most texts have neither, and matching takes long.
            texts.filter { $0.utf8.contains(UInt8(ascii: "-")) || $0.contains("llamarada ") }.flatMap { text in
                text.matches(of: flag).map { String($0.1) } + text.matches(of: command).map { String($0.0) }
            })
    }
}

/// Just enough of Swift to tell text from code; bytes, since a build for debugging is slow with characters.
private struct SwiftText {
    private let bytes: [UInt8]
    private var position = 0
    private var texts: [String] = []

    /// The string literals of a source, without what is interpolated.
    static func literals(of source: String) -> [String] {
        var text = SwiftText(bytes: Array(source.utf8))
        while text.position < text.bytes.count {
            if text.isAt("//") {
                text.skipLine()
            } else if text.isAt("\"") {
                text.literal()
            } else {
                text.position += 1
            }
        }
        return text.texts
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func isAt(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        return true
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    }

    /// Takes the literal that begins here, and those in its interpolations.
    private mutating func literal() {
        let quotes: StaticString = isAt("\"\"\"") ? "\"\"\"" : "\""
        position += quotes.utf8CodeUnitCount
        var text: [UInt8] = []
        while position < bytes.count, !isAt(quotes) {
            if isAt("\\(") {
                position += 2
                interpolation()
                text += "…".utf8
            } else {
                let count = isAt("\\") ? 2 : 1
                text += bytes[position..<min(bytes.count, position + count)]
                position += count
            }
        }
        position += quotes.utf8CodeUnitCount
        texts.append(String(decoding: text, as: UTF8.self))
    }

    private mutating func interpolation() {
        var depth = 1
        while depth > 0, position < bytes.count {
            if isAt("\"") {
                literal()
            } else {
                depth += isAt("(") ? 1 : isAt(")") ? -1 : 0
                position += 1
            }
        }
    }
}
