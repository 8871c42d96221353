import Foundation
import Llamarada
import TestSupport
import Testing

/// Where a text ends, and what of it is shown.
@Suite(.serialized) struct StopStringsTests {
    /// The whole answer to a prompt, and why it ended.
    private static func answer(
        _ model: LanguageModel, stops: [String]
    ) async throws -> (text: String, summary: GenerationSummary?) {
        let options = GenerationOptions(
            maxTokens: 24, sampling: .greedy, ignoresEndOfText: true, stopStrings: stops)
        var text = ""
        var summary: GenerationSummary?
        for try await event in model.generate("Hello", options: options) {
            text += event.text
            if case .finished(let end) = event { summary = end }
        }
        return (text, summary)
    }

    /// Every string of the answer, whatever tokens it lies in, ends it just before its first occurrence.
    @Test func anyPartOfTheAnswerEndsIt() async throws {
        let model = try await LanguageModel.load(
            TestRequest.path, options: LoadOptions(backend: .cpu, sequences: 4))
        let whole = try await Self.answer(model, stops: []).text
        #expect(whole.utf8.count > 20)
        let characters = Array(whole)
        for (start, length) in [(0, 1), (3, 2), (5, 7), (9, 4), (characters.count - 3, 3)] {
            let stop = String(characters[start..<min(characters.count, start + length)])
            guard let place = whole.range(of: stop) else { continue }
            let (text, summary) = try await Self.answer(model, stops: ["never in it", stop])
            #expect(text == whole[..<place.lowerBound], "'\(stop)'")
            #expect(summary?.stopReason == .stopString(stop))
        }
        // What only looks like one for a while is shown in the end; empty strings are none.
        let last = String(characters.suffix(3))
        let (text, summary) = try await Self.answer(model, stops: [last + "\u{1}", ""])
        #expect(text == whole && summary?.stopReason == .tokenLimit)
    }
}
