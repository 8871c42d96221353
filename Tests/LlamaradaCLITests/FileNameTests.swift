import Foundation
import Testing

/// Names of files are bytes: what is not UTF-8 names a file like any other.
@Suite struct FileNameTests {
    /// `$odd` in the line is a name that holds the byte 0xFF, a private code point and a control character.
    private func shell(_ line: String) throws -> Program {
        try Fixtures.withTemporaryPath("folder") { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            return try Program.shell(
                """
                set -e; cd '\(path)'; odd=$(printf 'a\\377b\\364\\217\\272\\200c\\1')
                cp '\(Fixtures.model("f32"))' "$odd.gguf"; printf Hello >"$odd.txt"
                \(line)
                """)
        }
    }

    @Test func models() throws {
        let program = try shell(
            #"""
            "$llamarada" inspect "$odd.gguf" >/dev/null; "$llamarada" inspect -m "./$odd.gguf" >/dev/null
            exec "$llamarada" tokenize -m="$odd.gguf" -p Hello
            """#)
        #expect(program.status == 0 && !program.output.isEmpty && program.errors.isEmpty, "\(program.errors)")
    }

    @Test func texts() throws {
        let direct = try Program.run("tokenize", "-m", Fixtures.model("f32"), "-p", "Hello")
        let program = try shell(#"exec "$llamarada" tokenize -m "$odd.gguf" -f "$odd.txt""#)
        #expect(program.status == 0 && program.output == direct.output && !program.output.isEmpty, "\(program.errors)")
    }

    @Test func outputs() throws {
        let program = try shell(
            #"""
            "$llamarada" synth --size tiny --type F32 "new$odd.gguf" 2>/dev/null
            ln -s "new$odd.gguf" "link$odd"; "$llamarada" synth --force --size tiny --type F32 "link$odd" 2>/dev/null
            test -h "link$odd"; test "$(ls | wc -l)" = 4; exec "$llamarada" inspect "new$odd.gguf" >/dev/null
            """#)
        #expect(program.status == 0 && program.errors.isEmpty, "\(program.errors)")
    }

    @Test func namesAreShownOnOneLine() throws {
        let program = try shell(#"rm "$odd.gguf"; exec "$llamarada" inspect "$odd.gguf""#)
        #expect(program.status == 3 && program.errors.split(separator: "\n").count == 1)
        #expect(program.errors.hasPrefix(#"a\xffb\xf4\x8f\xba\x80c\u{1}.gguf: "#), "\(program.errors)")
    }
}
