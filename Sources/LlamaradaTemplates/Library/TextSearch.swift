extension TemplateText {
    /// Where a part first stands, in bytes from `start` on; in time proportional to both lengths (Knuth, Morris and
    /// Pratt 1977), since a template may look for anything in anything.
    func firstPlace(of part: TemplateText, from start: Int = 0) -> Int? {
        Search(part).firstPlace(in: bytes, from: start)
    }

    /// Where a part stands, without overlaps, from the left; at most so many places.
    func places(of part: TemplateText, most: Int = .max) -> [Int] {
        let search = Search(part)
        var places: [Int] = []
        var start = 0
        while places.count < most, let place = search.firstPlace(in: bytes, from: start) {
            places.append(place)
            start = place + max(1, part.bytes.count)
        }
        return places
    }

    /// The same backwards, so that of overlapping places the last ones count.
    var reversed: TemplateText { TemplateText(bytes: bytes.reversed()) }

    func lastPlace(of part: TemplateText) -> Int? {
        reversed.firstPlace(of: part.reversed).map { bytes.count - $0 - part.bytes.count }
    }

    /// The code points before a place in bytes.
    func length(before place: Int) -> Int { bytes[..<place].count { $0 & 0xC0 != 0x80 } }

    private struct Search {
        private let part: [UInt8]
        /// For each length of a match, the length of the next shorter one that ends at the same place.
        private let shorter: [Int]

        init(_ part: TemplateText) {
            let bytes = part.bytes
            var shorter = Array(repeating: 0, count: bytes.count + 1)
            var matched = 0
            for index in bytes.indices.dropFirst() {
                while matched > 0, bytes[index] != bytes[matched] { matched = shorter[matched] }
                if bytes[index] == bytes[matched] { matched += 1 }
                shorter[index + 1] = matched
            }
            self.part = bytes
            self.shorter = shorter
        }

        func firstPlace(in bytes: [UInt8], from start: Int) -> Int? {
            guard start <= bytes.count else { return nil }
            guard !part.isEmpty else { return start }
            var matched = 0
            for index in start..<bytes.count {
                while matched > 0, bytes[index] != part[matched] { matched = shorter[matched] }
                if bytes[index] == part[matched] { matched += 1 }
                if matched == part.count { return index + 1 - matched }
            }
            return nil
        }
    }
}

extension Interpreter {
    /// `text.replace(old, new, count)`; a negative count means every place.
    func replaced(
        _ text: TemplateText, _ old: TemplateText, _ new: TemplateText, count: Int
    ) throws(TemplateError) -> TemplateText {
        try charge((text.bytes.count + old.bytes.count) / 8)
        let most = count < 0 ? Int.max : count
        // An empty text is found before each code point and at the end.
        let places = Array((old.isEmpty ? text.starts : text.places(of: old, most: most)).prefix(most))
        var builder = builder
        var done = 0
        for place in places {
            try builder.append(text.bytes[done..<place])
            try builder.append(new)
            done = place + old.bytes.count
        }
        try builder.append(text.bytes[done...])
        return builder.text
    }
}
