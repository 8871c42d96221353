import LlamaradaText

/// libFuzzer's entry: the first part of `data` makes a vocabulary, the rest is the text.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzedVocabulary(Array(UnsafeBufferPointer(start: data, count: count)))
    let (model, vocabulary) = input.make()
    do throws(TextError) {
        let tokenizer = try Tokenizer(model: model, vocabulary: vocabulary)
        let check = TokenizerCheck(tokenizer: tokenizer, promisesRoundTrip: input.expressesEveryByte)
        check.check(input.rest)
        check.check(input.merged.flatMap { tokenizer.bytes(of: $0) })
        // A long text of the same, where more than linear time would run into libFuzzer's limit.
        if input.repeats, !input.rest.isEmpty {
            let text = Array(repeatElement(input.rest, count: 50_000 / input.rest.count + 1).joined())
            _ = tokenizer.decode(tokenizer.encode(text, addSpecial: false, parseSpecial: true))
        }
    } catch {
        expect(!error.problem.contains("\n"), "an error of several lines: \(error)")
    }
    return 0
}

/// Stops the run, which libFuzzer counts as a finding, unless `condition` holds.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

/// What holds for every text.
struct TokenizerCheck {
    var tokenizer: Tokenizer
    /// Whether the vocabulary has a token for every byte.
    var promisesRoundTrip: Bool

    func check(_ text: [UInt8]) {
        for parseSpecial in [false, true] {
            let ids = tokenizer.encode(text, addSpecial: true, parseSpecial: parseSpecial)
            expect(ids.allSatisfy { tokenizer.vocabulary.contains($0) }, "an id outside the vocabulary")
            checkStream(ids, showSpecial: parseSpecial)
        }
        // Control pieces in a text are hidden again, and SentencePiece itself reads U+2581 as a space.
        guard promisesRoundTrip, text.firstRange(of: [0xE2, 0x96, 0x81]) == nil else { return }
        // Without BOS and EOS, which this vocabulary may take for ordinary text.
        let ids = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        let back = tokenizer.decode(ids)
        expect(back == text, "\(text.prefix(200)) came back as \(back.prefix(200)) from \(ids.prefix(200))")
    }

    private func checkStream(_ ids: [TokenID], showSpecial: Bool) {
        for isContinuation in [false, true] {
            var stream = StreamingDetokenizer(
                tokenizer, isContinuation: isContinuation, showSpecial: showSpecial)
            var text = ids.reduce(into: "") { $0 += stream.append($1) }
            text += stream.finish()
            let whole = tokenizer.decode(ids, showSpecial: showSpecial, isContinuation: isContinuation)
            // Bytes, because strings that differ in their code points may be equal.
            expect(text.utf8.elementsEqual(String(decoding: whole, as: UTF8.self).utf8), "the stream differs")
        }
    }
}
