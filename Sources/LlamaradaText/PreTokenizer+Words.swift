extension PreTokenizer {
    /// The byte ranges of a text's words, in order.
    package func words(of text: [UInt8]) -> [Range<Int>] {
        var words: [Range<Int>] = []
        text.withUnsafeBufferPointer { forEachWord(of: $0) { words.append($0) } }
        return words
    }

    /// Calls `body` with the byte range of every word, in order; together they are the whole text.
    ///
    /// Bytes that are not UTF-8 count as symbols (like U+FFFD), one each, so that none is lost.
    func forEachWord(of bytes: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        let text = ClassifiedText(bytes)
        let scanner = WordScanner(text: text)
        var start = 0
        /// Reports the words of start..<limit, each of which ends where `end` says.
        func scan(to limit: Int, _ end: (_ start: Int, _ limit: Int) -> Int) {
            while start < limit {
                let next = end(start, limit)
                body(text.offsets[start]..<text.offsets[next])
                start = next
            }
        }
        switch self {
        case .gpt2: scan(to: text.count, scanner.gpt2WordEnd)
        case .llama3: scan(to: text.count) { scanner.llama3WordEnd($0, $1, digits: 3) }
        case .qwen2: scan(to: text.count) { scanner.llama3WordEnd($0, $1, digits: 1) }
        case .smollm:
            while start < text.count {
                scan(to: scanner.end(from: start, to: text.count) { text.classes[$0] != .number }, scanner.gpt2WordEnd)
                if start < text.count { scan(to: start + 1) { start, _ in start + 1 } }
            }
        case .default:
            while start < text.count {
                let words = scanner.end(from: start, to: text.count) { !scanner.isDefaultPunctuation($0) }
                scan(to: words, scanner.defaultWordEnd)
                let marks = scanner.end(from: start, to: text.count, while: scanner.isDefaultPunctuation)
                scan(to: marks) { _, limit in limit }
            }
        }
    }
}

/// The pre-tokenizers' regular expressions, written as scanners: every function returns where the match that starts at
/// `start` ends. A match never reaches beyond `limit`, where the text ends for it.
struct WordScanner {
    let text: ClassifiedText

    /// The end of the run of characters that satisfy `condition`.
    @inline(__always)
    func end(from start: Int, to limit: Int, while condition: (Int) -> Bool) -> Int {
        var end = start
        while end < limit, condition(end) { end += 1 }
        return end
    }

    private func end(of kind: CharacterClass, from start: Int, to limit: Int, atMost most: Int = .max) -> Int {
        end(from: start, to: limit) { text.classes[$0] == kind && $0 - start < most }
    }

    /// `[^\s\p{L}\p{N}]`
    private func isMark(_ index: Int) -> Bool {
        switch text.classes[index] {
        case .punctuation, .other: true
        case .letter, .number, .space: false
        }
    }

    private func isNewline(_ index: Int) -> Bool {
        text.scalars[index] == "\n" || text.scalars[index] == "\r"
    }

    /// GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    func gpt2WordEnd(_ start: Int, _ limit: Int) -> Int {
        if let end = contractionEnd(start, limit, ignoringCase: false) { return end }
        let body = text.scalars[start] == " " && start + 1 < limit ? start + 1 : start
        switch text.classes[body] {
        case .letter: return end(of: .letter, from: body, to: limit)
        case .number: return end(of: .number, from: body, to: limit)
        case .punctuation, .other: return end(from: body, to: limit, while: isMark)
        case .space: return spaceEnd(start, limit)
        }
    }

    /// Llama 3: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*`
    /// `|\s*[\r\n]+|\s+(?!\S)|\s+`, where Qwen2 has `\p{N}`: one digit a word instead of up to three.
    func llama3WordEnd(_ start: Int, _ limit: Int, digits: Int) -> Int {
        if let end = contractionEnd(start, limit, ignoringCase: true) { return end }
        let kind = text.classes[start]
        if kind == .letter { return end(of: .letter, from: start, to: limit) }
        if kind == .number { return end(of: .number, from: start, to: limit, atMost: digits) }
        if !isNewline(start), start + 1 < limit, text.classes[start + 1] == .letter {
            return end(of: .letter, from: start + 1, to: limit)
        }
        let body = text.scalars[start] == " " && start + 1 < limit ? start + 1 : start
        if isMark(body) {
            return end(from: end(from: body, to: limit, while: isMark), to: limit, while: isNewline)
        }
        let spaces = end(of: .space, from: start, to: limit)
        if let newline = (start..<spaces).last(where: isNewline) { return newline + 1 }
        return spaceEnd(start, limit)
    }

    /// `\s+(?!\S)|\s+`: a run of spaces leaves its last to the word behind it, where there is one.
    private func spaceEnd(_ start: Int, _ limit: Int) -> Int {
        let spaces = end(of: .space, from: start, to: limit)
        return spaces < limit && spaces - start > 1 ? spaces - 1 : spaces
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private func contractionEnd(_ start: Int, _ limit: Int, ignoringCase: Bool) -> Int? {
        guard text.scalars[start] == "'", start + 1 < limit else { return nil }
        let first = Self.fold(text.scalars[start + 1], ignoringCase)
        if first == "s" || first == "t" || first == "m" || first == "d" { return start + 2 }
        guard start + 2 < limit else { return nil }
        let second = Self.fold(text.scalars[start + 2], ignoringCase)
        switch (first, second) {
        case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
        default: return nil
        }
    }

    /// Lower case for the letters above. A long s (U+017F) folds to s, as in the regex engines that models train with.
    private static func fold(_ scalar: Unicode.Scalar, _ ignoringCase: Bool) -> Unicode.Scalar {
        guard ignoringCase else { return scalar }
        if ("A"..."Z").contains(scalar) { return Unicode.Scalar(UInt8(scalar.value) | 0x20) }
        return scalar == "\u{17F}" ? "s" : scalar
    }

    /// `default`'s first cut: `[\p{P}\$\+<=>\^~\|]+`
    func isDefaultPunctuation(_ index: Int) -> Bool {
        if text.classes[index] == .punctuation { return true }
        switch text.scalars[index] {
        case "$", "+", "<", "=", ">", "^", "~", "|": return true
        default: return false
        }
    }

    /// `default` between punctuation: GPT-2's words, cut by `\p{N}+` and then by `[0-9][0-9][0-9]`.
    func defaultWordEnd(_ start: Int, _ limit: Int) -> Int {
        guard text.classes[start] == .number else {
            // A space before a number stands alone.
            return end(from: start, to: gpt2WordEnd(start, limit)) { text.classes[$0] != .number }
        }
        // Three digits are one word wherever they stand; what is left between such words is one word too.
        func isTriple(_ index: Int) -> Bool {
            index + 3 <= limit && text.scalars[index..<index + 3].allSatisfy { ("0"..."9").contains($0) }
        }
        if isTriple(start) { return start + 3 }
        return end(from: start, to: limit) { text.classes[$0] == .number && !isTriple($0) }
    }
}
