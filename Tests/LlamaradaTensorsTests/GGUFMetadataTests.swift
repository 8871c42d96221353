import LlamaradaTensors
import Testing

@Suite struct GGUFMetadataTests {
    private let metadata: GGUFMetadata

    init() throws { metadata = try GGUFFile(source: MemorySource(everyKindOfValue().bytes())).metadata }

    @Test func valuesAreReadAsAskedFor() throws {
        #expect(try metadata.require("key.0", .integer) == 200)
        #expect(try metadata.require("key.1", .integer) == -100)
        #expect(try metadata.require("key.4", .integer) == 4_000_000_000)
        #expect(try metadata.require("key.11", .integer) == .min)
        #expect(try metadata.require("key.6", .number) == Double(Float(1e-5)))
        #expect(try metadata.require("key.12", .number) == .infinity)
        #expect(try metadata.require("key.7", .bool))
        #expect(try metadata.require("key.8", .text) == "léxico\n")
        #expect(try metadata.require("key.9", .bytes) == [0xFF, 0x00])
        #expect(try metadata.require("key.18", .integers) == [-4])
        #expect(try metadata.require("key.19", .floats) == [0.5])
        #expect(try Array(metadata.require("key.21", .strings)) == [[0x61], [], [0xFF]])
        #expect(try metadata.find("absent", .integer) == nil)
    }

    @Test func errorsNameKeyExpectationAndFinding() {
        expectMessage(
            "test.gguf: metadata 'absent': expected an integer below 2^63, found no such key. The file may be mislabelled: "
                + "look at its metadata, or fetch it again."
        ) { _ = try metadata.require("absent", .integer) }
        expectMessage(
            startingWith: "test.gguf: metadata 'key.8': expected an integer below 2^63, found string 'léxico\\n'."
        ) {
            _ = try metadata.find("key.8", .integer)
        }
        expectMessage(
            startingWith: "test.gguf: metadata 'key.10': expected an integer below 2^63, found u64 18446744073709551615"
        ) {
            _ = try metadata.find("key.10", .integer)
        }
        expectMessage(
            startingWith: "test.gguf: metadata 'key.9': expected a UTF-8 string, found string '\u{FFFD}\\u{0}'"
        ) {
            _ = try metadata.find("key.9", .text)
        }
        expectMessage(startingWith: "test.gguf: metadata 'key.21': expected an array of f32, found array of 3 string.")
        {
            _ = try metadata.find("key.21", .floats)
        }
        expectMessage(startingWith: "test.gguf: metadata 'key.23': expected an array of integers below 2^63, found") {
            _ = try metadata.find("key.23", .integers)
        }
    }
}

/// Expects a `CheckpointError` of that text, whole or from its start.
func expectMessage(_ text: String, from body: () throws -> Void) {
    #expect(message(of: body) == text)
}

/// Expects a `CheckpointError` whose text starts so.
func expectMessage(startingWith text: String, from body: () throws -> Void) {
    #expect(message(of: body).hasPrefix(text), "\(message(of: body))")
}

private func message(of body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
}
