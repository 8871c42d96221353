/// Operations on strings: keys, names, and the strings of a vocabulary.
extension GGUFMutator {
    static var textOperations: [Operation] {
        [
            { mutator in mutator.changeText { mutator, text in mutator.randomText(near: text) } },
            { mutator in mutator.changeText { mutator, _ in mutator.anyText() } },
            { mutator in mutator.changeText { mutator, _ in mutator.longText() } },
        ]
    }

    /// Puts another string in the place of one, with its length.
    private mutating func changeText(_ change: (inout GGUFMutator, [UInt8]) -> [UInt8]) {
        // Half of the time a key or name, which a vocabulary outnumbers.
        let keys = layout.pairs.map { $0.key.lowerBound + 8..<$0.key.upperBound }
        let texts = layout.fields.filter { $0.kind == .text }.map(\.range)
        guard let range = (Bool.random(using: &random) ? keys : texts).randomElement(using: &random) else { return }
        let text = change(&self, Array(bytes[range]))
        bytes.replaceSubrange(range, with: text)
        write(UInt64(text.count), at: range.lowerBound - 8..<range.lowerBound)
    }

    private mutating func randomText(near text: [UInt8]) -> [UInt8] {
        var text = text
        let place = Int.random(in: 0...text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text.insert(.random(in: 0...255, using: &random), at: place)
        case 1: if place < text.count { text.remove(at: place) }
        default: if place < text.count { text[place] = .random(in: 0...255, using: &random) }
        }
        return text
    }

    /// A string from elsewhere in the file.
    private mutating func anyText() -> [UInt8] {
        let texts = layout.fields.filter { $0.kind == .text }
        return texts.randomElement(using: &random).map { Array(bytes[$0.range]) } ?? []
    }

    /// A string about as long as one of the parser's limits.
    private mutating func longText() -> [UInt8] {
        let length = [0, 255, 256, 257, 4096, 4097, 65_535, 65_536].randomElement(using: &random) ?? 0
        return [UInt8](repeating: .random(in: 0x20...0x7E, using: &random), count: length)
    }
}

/// Operations on values: their types, and arrays.
extension GGUFMutator {
    static var valueOperations: [Operation] {
        [{ $0.retypeValue() }, { $0.nestValue() }, { $0.growArray() }, { $0.shrinkArray() }]
    }

    /// Another type, with a value of that type.
    private mutating func retypeValue() {
        guard let pair = layout.pairs.randomElement(using: &random) else { return }
        let type = UInt32.random(in: 0...12, using: &random)
        replace(pair, type: type, value: randomValue(type))
    }

    private mutating func randomValue(_ type: UInt32) -> [UInt8] {
        let number = Self.encoded(Self.extremes.randomElement(using: &random) ?? 0)
        if let size = GGUFLayout.scalarSizes[type] { return Array(number.prefix(size)) }
        if type == 8 { return Self.encoded(["", "llama", "gpt2", "none"].randomElement(using: &random) ?? "") }
        let element = [0, 4, 5, 6, 7, 8, 11].randomElement(using: &random) ?? UInt32(0)
        let elements = (0..<Int.random(in: 0...40, using: &random)).map { _ in randomValue(element) }
        return Self.encoded(element) + Self.encoded(UInt64(elements.count)) + elements.joined()
    }

    /// Wraps a value in arrays of one element.
    private mutating func nestValue() {
        guard let pair = layout.pairs.randomElement(using: &random) else { return }
        var type = UInt32(truncatingIfNeeded: number(at: pair.key.upperBound..<pair.value.lowerBound))
        var value = Array(bytes[pair.value])
        for _ in 0..<(Int.random(in: 0..<8, using: &random) == 0 ? 1000 : Int.random(in: 1...5, using: &random)) {
            value = Self.encoded(type) + Self.encoded(UInt64(1)) + value
            type = 9
        }
        replace(pair, type: type, value: value)
    }

    private mutating func replace(_ pair: GGUFLayout.Pair, type: UInt32, value: [UInt8]) {
        bytes.replaceSubrange(pair.value, with: value)
        write(UInt64(type), at: pair.key.upperBound..<pair.value.lowerBound)
    }

    private mutating func growArray() {
        guard let array = layout.arrays.randomElement(using: &random),
            let element = array.elements.randomElement(using: &random)
        else { return }
        let copies = Int.random(in: 1...16, using: &random)
        bytes.insert(contentsOf: repeatElement(bytes[element], count: copies).joined(), at: element.upperBound)
        changeCount(by: copies, at: array.count)
    }

    private mutating func shrinkArray() {
        guard let array = layout.arrays.randomElement(using: &random), !array.elements.isEmpty else { return }
        let first = Int.random(in: array.elements.indices, using: &random)
        let removed = array.elements[first...].prefix(.random(in: 1...16, using: &random))
        guard let start = removed.first, let end = removed.last else { return }
        bytes.removeSubrange(start.lowerBound..<end.upperBound)
        changeCount(by: -removed.count, at: array.count)
    }
}
