import LlamaradaTensors
import Testing

@Suite struct CheckpointErrorTests {
    @Test func messagesAreOneLineThatSaysWhatToDo() {
        expectMessage(
            "test.gguf: tensor 'norm' type: expected one of F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, "
                + "Q6_K, IQ4_NL, IQ4_XS, BF16, MXFP4, found Q8_K (type 15). Fetch or convert the model in one of these types."
        ) { try open { $0.tensors[0] = RawGGUF.tensor("norm", [256], type: 15, offset: 0) } }
        expectMessage(
            "test.gguf: tensor count at byte 8: expected at most 10 (340 bytes left in the file), found 100. The file is "
                + "damaged or incomplete: fetch it again."
        ) { try open { $0.tensorCount = 100 } }
        expectMessage(
            "test.gguf: version: expected a little-endian GGUF file, found a big-endian one. Convert the model again for "
                + "little-endian machines."
        ) { try open { $0.version = 3 << 24 } }
    }

    @Test func namesFromFilesCanNotWriteOnTheTerminal() {
        expectMessage(startingWith: "test.gguf: tensor 'a\\n\\u{1b}[2J\\u{202e}' dimension count at byte") {
            try open { $0.tensors[0] = RawGGUF.tensor("a\n\u{1B}[2J\u{202E}", [], type: 0, offset: 0) }
        }
    }

    @Test func longNamesAreShortened() {
        let name = String(repeating: "n", count: 200)
        expectMessage(startingWith: "test.gguf: tensor '\(name.prefix(80))…' dimension count") {
            try open { $0.tensors[0] = RawGGUF.tensor(name, [], type: 0, offset: 0) }
        }
    }

    private func open(_ change: (inout RawGGUF) -> Void) throws {
        _ = try GGUFFile(source: MemorySource(RawGGUF.with(change)))
    }
}
