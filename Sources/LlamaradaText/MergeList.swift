import HeapModule

/// A stretch of text that merging treats as one unit.
struct Symbol {
    /// Its bytes in the text.
    var start: Int
    var end: Int
    /// Its token; -1 while it has none.
    var id: TokenID
    /// Neighbours in the list; -1 at its ends.
    var previous: Int
    var next: Int
    /// Whether it never merges (a user-defined piece).
    var isFrozen = false
}

/// A pair of neighbours that may become one; the smallest goes first.
private struct Candidate: Comparable {
    /// The lowest goes first; of equals, the leftmost.
    var order: UInt32
    var left: Int
    var right: Int
    /// The token that the pair becomes, and the bytes that it spans: a later merge of either side changes the span.
    var id: TokenID
    var byteCount: Int

    static func < (a: Candidate, b: Candidate) -> Bool {
        a.order != b.order ? a.order < b.order : a.left < b.left
    }
}

/// Symbols that are merged pair by pair, best pair first; n·log n in their number.
///
/// One list serves many words: `removeAll` keeps the memory.
struct MergeList {
    private(set) var symbols: [Symbol] = []
    private var queue = Heap<Candidate>()

    mutating func removeAll() {
        symbols.removeAll(keepingCapacity: true)
    }

    /// Adds a symbol behind the last.
    mutating func append(start: Int, end: Int, id: TokenID = -1, isFrozen: Bool = false) {
        let index = symbols.count
        if index > 0 { symbols[index - 1].next = index }
        symbols.append(Symbol(start: start, end: end, id: id, previous: index - 1, next: -1, isFrozen: isFrozen))
    }

    /// Merges until no pair is left for which `find` names an order and a token.
    @inline(__always)
    mutating func mergeAll(_ find: (Symbol, Symbol) -> (order: UInt32, id: TokenID)?) {
        if symbols.count > 1 {
            for left in 0..<symbols.count - 1 { propose(left, left + 1, find) }
        }
        while let best = queue.popMin() {
            let left = symbols[best.left]
            let right = symbols[best.right]
            // A symbol that was swallowed is empty; one that grew spans more than when the pair was proposed.
            guard left.end > left.start, right.end > right.start, right.end - left.start == best.byteCount else {
                continue
            }
            symbols[best.left].end = right.end
            symbols[best.left].id = best.id
            symbols[best.left].next = right.next
            symbols[best.right].end = right.start
            if right.next >= 0 {
                symbols[right.next].previous = best.left
                propose(best.left, right.next, find)
            }
            if left.previous >= 0 { propose(left.previous, best.left, find) }
        }
    }

    @inline(__always)
    private mutating func propose(
        _ left: Int, _ right: Int, _ find: (Symbol, Symbol) -> (order: UInt32, id: TokenID)?
    ) {
        let (a, b) = (symbols[left], symbols[right])
        guard !a.isFrozen, !b.isFrozen, let found = find(a, b) else { return }
        queue.insert(
            Candidate(order: found.order, left: left, right: right, id: found.id, byteCount: b.end - a.start))
    }

    /// Calls `body` with every symbol that is left, in the order of the text.
    @inline(__always)
    func forEach(_ body: (Symbol) -> Void) {
        for symbol in symbols where symbol.end > symbol.start { body(symbol) }
    }
}
