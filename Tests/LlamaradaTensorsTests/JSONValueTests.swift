import LlamaradaTensors
import Testing

@Suite struct JSONValueTests {
    @Test func whatIsWrittenIsRead() throws {
        let value = JSONValue.object([
            .init("a \"b\" \\ \n \u{1} \u{85} é 😀", .array([.integer(-3), .number(0.25), .null, .bool(true)])),
            .init("", .object([.init("x", .array([])), .init("y", .object([])), .init("z", .string(""))])),
            .init("large", .integer(.max)), .init("larger", .number(1e300)),
        ])
        #expect(try read(value.encoded) == value)
    }

    @Test func escapesAndSpace() throws {
        #expect(try read(#" "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00" "#) == .string("\"\\/\u{8}\u{C}\n\r\té😀"))
        #expect(try read("\t[ 1 ,2.5e1 , -0]\r\n") == .array([.integer(1), .number(25), .integer(0)]))
        #expect(
            try read("[0.5, -0.0, 1E+2, 2e-1, 10]")
                == .array([0.5, -0.0, 100, 0.2].map(JSONValue.number) + [.integer(10)]))
        #expect(try read("9223372036854775808") == .number(9223372036854775808))
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}",
        "[1]]",
        "tru", "trues", "nul", "NaN", "inf", "-", "-inf", "0x1", "1e999", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\n\"", "'a'", "{1:2}", String(repeating: "[", count: 100_000), "1 2",
        "\u{FEFF}1", "01", "-01", "00", "2.", "-.5", ".5", "1e", "1e+", "1.e3", "+1", "1-2", "1.2.3", "0x", "--1",
    ])
    func otherTextsAreRefused(_ text: String) {
        #expect { try read(text) } throws: { ($0 as? CheckpointError)?.code == .invalid }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: CheckpointError.self) { try read([0x22, 0xFF, 0x22]) }
        #expect(throws: CheckpointError.self) { try read([0xFF]) }
    }

    private func read(_ text: String) throws -> JSONValue { try read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) throws -> JSONValue {
        try JSONValue(MemorySource(bytes), range: 0..<bytes.count)
    }
}
