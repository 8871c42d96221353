/// A grammar as plain lists.
struct PlainGrammar {
    enum Symbol: Hashable {
        case byte(UInt8)
        case rule(Int)
    }

    /// By rule: its alternatives. A text begins with rule 0.
    var rules: [[[Symbol]]]

    /// Without alternatives from which no text comes.
    var withoutEndless: PlainGrammar {
        var ends = Set<Int>()
        func finishes(_ symbols: [Symbol]) -> Bool {
            symbols.allSatisfy { if case .rule(let rule) = $0 { ends.contains(rule) } else { true } }
        }
        var before = -1
        while ends.count != before {
            before = ends.count
            for rule in rules.indices where rules[rule].contains(where: finishes) { ends.insert(rule) }
        }
        return PlainGrammar(rules: rules.map { $0.filter(finishes) })
    }
}

/// Earley's recogniser (1970) as a textbook has it: to compare with, not to be fast.
struct PlainRecogniser {
    private struct Item: Hashable {
        var rule: Int
        var alternative: Int
        var place: Int
        var origin: Int
    }

    private let grammar: PlainGrammar
    private var sets: [Set<Item>]

    init(_ grammar: PlainGrammar) {
        self.grammar = grammar.withoutEndless
        sets = [Set(self.grammar.rules[0].indices.map { Item(rule: 0, alternative: $0, place: 0, origin: 0) })]
        close()
    }

    /// Whether the text can go on to one of the grammar.
    var isPrefix: Bool { sets.last?.isEmpty == false }

    /// Whether the text is one.
    var isWhole: Bool {
        sets[sets.count - 1].contains {
            $0.rule == 0 && $0.origin == 0 && $0.place == grammar.rules[0][$0.alternative].count
        }
    }

    /// The same behind more text.
    func reading(_ bytes: [UInt8]) -> PlainRecogniser {
        var reader = self
        for byte in bytes where reader.isPrefix { reader.read(byte) }
        return reader
    }

    private mutating func read(_ byte: UInt8) {
        var next = Set<Item>()
        for var item in sets[sets.count - 1] {
            let symbols = grammar.rules[item.rule][item.alternative]
            guard item.place < symbols.count, symbols[item.place] == .byte(byte) else { continue }
            item.place += 1
            next.insert(item)
        }
        sets.append(next)
        close()
    }

    /// Adds what is reached without a byte, until nothing is new: empty rules end where they begin.
    private mutating func close() {
        let position = sets.count - 1
        var before = -1
        while sets[position].count != before {
            before = sets[position].count
            for item in sets[position] {
                let symbols = grammar.rules[item.rule][item.alternative]
                if item.place == symbols.count {
                    for var caller in sets[item.origin] {
                        let wanted = grammar.rules[caller.rule][caller.alternative]
                        guard caller.place < wanted.count, wanted[caller.place] == .rule(item.rule) else { continue }
                        caller.place += 1
                        sets[position].insert(caller)
                    }
                } else if case .rule(let rule) = symbols[item.place] {
                    for alternative in grammar.rules[rule].indices {
                        sets[position].insert(Item(rule: rule, alternative: alternative, place: 0, origin: position))
                    }
                }
            }
        }
    }
}
