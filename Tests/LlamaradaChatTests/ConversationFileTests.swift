import LlamaradaChat
import Testing

/// Conversations in files, which may hold anything.
@Suite struct ConversationFileTests {
    @Test func otherSpellings() throws {
        let list = try ConversationFile(Array(#"[{"role":"user","content":"x"}]"#.utf8), name: "f")
        #expect(list == ConversationFile(system: nil, messages: [ChatMessage(role: "user", content: "x")]))
        let empty = try ConversationFile(Array(#"{"messages":[],"model":"m"}"#.utf8), name: "f")
        #expect(empty == ConversationFile(system: nil, messages: []))
        #expect(try ConversationFile(Array(empty.text.utf8), name: "f") == empty)
    }

    @Test(arguments: [
        "", "x", "{}", "[1]", "3", #"{"messages":{}}"#, #"{"messages":[{"role":"user","content":3}]}"#,
        #"{"messages":[{}]}"#, #"[{"role":"user","content":"x"}"#, String(repeating: "[", count: 100_000), "\u{0}",
    ]) func whatIsNone(_ text: String) {
        #expect { try ConversationFile(Array(text.utf8), name: "f.json") } throws: { error in
            guard let error = error as? ChatError else { return false }
            return error.code == .invalidFile && error.description.hasPrefix("f.json: ")
        }
    }

    @Test func turnsThatAreNotShown() {
        let said = ["user", "assistant", "user", "tool", "assistant", "user"].map { ChatMessage(role: $0, content: $0) }
        let turns = Turns(system: "s", messages: [ChatMessage(role: "assistant", content: "greeting")] + said)
        #expect(turns.count == 3)
        #expect([0, 1, 2, 9].map { turns.shown(forgetting: $0).count } == [8, 5, 2, 2])
        for count in 0..<4 { #expect(turns.shown(forgetting: count).first?.role == "system") }
        #expect(turns.shown(forgetting: 1)[1].role == "user")
        #expect(Turns().shown(forgetting: 3).isEmpty)
    }
}
