import Foundation
import LlamaradaTensors
import TestSupport
import Testing

@Suite struct InspectTests {
    private struct Inspected: Decodable {
        struct Part: Decodable {
            let file: String
            let tensors: Int
            let bytes: Int
        }
        struct Tensor: Decodable {
            let name: String
            let part: Int
        }
        let file: String
        let bytes: Int
        let parts: [Part]
        let tensors: [Tensor]
    }

    private func inspect(_ path: String) throws -> (text: String, json: Inspected) {
        let (text, json) = (try Program.run("inspect", path), try Program.run("inspect", "-m", path, "--json"))
        try #require(text.status == 0 && json.status == 0, "\(text.errors) \(json.errors)")
        return (text.output, try JSONDecoder().decode(Inspected.self, from: Data(json.outputBytes)))
    }

    /// A split model shows its parts, whichever of them is named, and says what it says in one file.
    @Test func theParts() throws {
        try Fixtures.withTemporaryPath("tiny") { stem in
            let whole = try GGUFFile.open(path: Fixtures.model("q4_0"))
            let split = SplitModel(whole, into: 3, stem: stem)
            for index in 0..<3 { try Data(split.bytes(index)).write(to: URL(filePath: split.path(index))) }
            let (text, json) = try inspect(split.path(2))
            #expect(text.contains("\nParts (3)\n  file") && text.contains("tiny-00002-of-00003.gguf"))
            #expect(json.file == split.path(0) && json.parts.map(\.file) == (0..<3).map(split.path))
            #expect(json.bytes == json.parts.reduce(0) { $0 + $1.bytes })
            #expect(json.parts.map(\.tensors) == split.parts.map(\.tensors.count))
            #expect(Set(json.tensors.map(\.part)) == [1, 2, 3])
            let (oneText, one) = try inspect(Fixtures.model("q4_0"))
            #expect(!oneText.contains("Parts") && one.parts.count == 1)
            #expect(one.tensors.map(\.name) == json.tensors.map(\.name))
            #expect(text.split(separator: "\n").last == oneText.split(separator: "\n").last)
            // It runs, too.
            let outputs = try [split.path(1), Fixtures.model("q4_0")].map {
                try Program.run("run", "-m", $0, "-p", "Hello", "-n", "8", "--temp", "0").output
            }
            #expect(outputs[0] == outputs[1] && !outputs[0].isEmpty)
        }
    }

    @Test func aMissingPart() throws {
        try Fixtures.withTemporaryPath("tiny") { stem in
            let split = SplitModel(try GGUFFile.open(path: Fixtures.model("q4_0")), into: 2, stem: stem)
            try Data(split.bytes(1)).write(to: URL(filePath: split.path(1)))
            let program = try Program.run("inspect", split.path(1))
            #expect(program.status == 3 && program.output.isEmpty)
            #expect(
                program.errors
                    == "\(split.path(0)): part 1 of 2 can't be opened as a model: No such file or directory. "
                    + "Put all 2 parts into one folder, under the names that they were made with.\n")
        }
    }
}
