/// How far a text has come in a grammar: every way in which its bytes can be read so far.
///
/// The ways share what they have in common, a stack that is a graph (Tomita, "Efficient Parsing for Natural Language",
/// 1985): ways that called one rule at one place go on as one. So their number grows with the text's length at most, not
/// with what is ambiguous in it, and all lies in flat lists that only grow at their ends: going back is forgetting the
/// ends, and a copy is a value like any other.
package struct GrammarMatcher: Sendable {
    typealias State = PushdownAutomaton.State

    /// A state, and the place to come back to from the end of its rule.
    struct Item: Sendable, Equatable {
        var state: State
        var place: Int32
    }

    /// Where calls of one rule at one position come back to.
    private struct Place: Sendable {
        var rule: Int32
        /// -1 where there is none.
        var firstReturn: Int32
    }

    /// A way back.
    private struct Return: Sendable {
        var state: State
        var place: Int32
        /// The next of the same place; -1 where there is none.
        var next: Int32
    }

    /// What there is at a position, the one before a byte.
    private struct Position: Sendable {
        var firstItem: Int32
        var firstPlace: Int32
        var firstReturn: Int32
        var canEnd = false
        var isOverwhelmed = false
    }

    /// The place of a text's own rule, from which nothing comes back.
    static let outermost: Int32 = 0
    /// More ways than any grammar of use has at one position; those that reach it count as too ambiguous.
    private static let mostItems = 2048

    package let automaton: PushdownAutomaton
    private var items: [Item] = []
    private var places: [Place] = [Place(rule: -1, firstReturn: -1)]
    private var returns: [Return] = []
    private var positions: [Position] = []
    /// Whether there are more ways than may be: then nothing may follow.
    package var isOverwhelmed: Bool { positions[positions.count - 1].isOverwhelmed }

    /// The beginning of a text.
    package init(_ automaton: PushdownAutomaton) {
        self.automaton = automaton
        open()
        add(automaton.start, Self.outermost)
        close()
    }

    /// In a state whose surroundings are unknown: where its rule ends, the text can.
    init(_ automaton: PushdownAutomaton, in state: State) {
        self.automaton = automaton
        open()
        add(state, Self.outermost)
        close()
    }

    /// Bytes that have come.
    package var count: Int { positions.count - 1 }

    /// Whether the text may end here.
    package var canEnd: Bool { positions[positions.count - 1].canEnd }

    /// Whether nothing may follow.
    package var isComplete: Bool {
        currentItems.allSatisfy {
            automaton.edgeStarts[Int($0.state)] == automaton.edgeStarts[Int($0.state) + 1]
        }
    }

    /// The ways that there are here.
    var currentItems: ArraySlice<Item> { items[Int(positions[positions.count - 1].firstItem)...] }

    /// The states, with their places, to which the ends of a place's rule come back.
    func returns(to place: Int32) -> [(state: State, place: Int32)] {
        var found: [(State, Int32)] = []
        var next = places[Int(place)].firstReturn
        while next >= 0 {
            let way = returns[Int(next)]
            found.append((way.state, way.place))
            next = way.next
        }
        return found
    }

    /// Takes a byte; false, and nothing is changed, where it may not come.
    package mutating func advance(_ byte: UInt8) -> Bool {
        let first = Int(positions[positions.count - 1].firstItem)
        let end = items.count
        guard !isOverwhelmed else { return false }
        open()
        for index in first..<end {
            let item = items[index]
            if let target = automaton.target(of: item.state, byte) { add(target, item.place) }
        }
        guard items.count > end else {
            positions.removeLast()
            return false
        }
        close()
        return true
    }

    /// Takes bytes; false, and nothing is changed, where they may not come.
    package mutating func advance(_ bytes: some Sequence<UInt8>) -> Bool {
        let before = count
        for byte in bytes where !advance(byte) {
            rewind(to: before)
            return false
        }
        return true
    }

    /// Goes back to where so many bytes had come.
    package mutating func rewind(to count: Int) {
        guard count < self.count, count >= 0 else { return }
        let next = positions[count + 1]
        items.removeLast(items.count - Int(next.firstItem))
        places.removeLast(places.count - Int(next.firstPlace))
        returns.removeLast(returns.count - Int(next.firstReturn))
        positions.removeLast(positions.count - count - 1)
    }

    // MARK: A position

    private mutating func open() {
        positions.append(
            Position(
                firstItem: Int32(items.count), firstPlace: Int32(places.count), firstReturn: Int32(returns.count)))
    }

    private mutating func add(_ state: State, _ place: Int32) {
        let item = Item(state: state, place: place)
        let first = Int(positions[positions.count - 1].firstItem)
        var index = items.count
        while index > first {
            index -= 1
            if items[index] == item { return }
        }
        guard items.count - first < Self.mostItems else { return positions[positions.count - 1].isOverwhelmed = true }
        items.append(item)
    }

    /// Adds what is reached without a byte: calls of rules, and the ends of those that are done.
    private mutating func close() {
        let current = positions.count - 1
        var index = Int(positions[current].firstItem)
        while index < items.count {
            let item = items[index]
            index += 1
            if automaton.isAccepting[Int(item.state)] {
                if item.place == Self.outermost { positions[current].canEnd = true }
                var next = places[Int(item.place)].firstReturn
                while next >= 0 {
                    let way = returns[Int(next)]
                    add(way.state, way.place)
                    next = way.next
                }
            }
            let first = Int(automaton.callStarts[Int(item.state)])
            let end = Int(automaton.callStarts[Int(item.state) + 1])
            for number in first..<end { call(automaton.calls[number], from: item.place, current) }
        }
    }

    private mutating func call(_ call: PushdownAutomaton.Call, from caller: Int32, _ current: Int) {
        if call.isLast { return add(call.start, caller) }
        let first = Int(positions[current].firstPlace)
        var place = places.count
        while place > first, places[place - 1].rule != call.rule { place -= 1 }
        if place > first {
            place -= 1
        } else {
            place = places.count
            places.append(Place(rule: call.rule, firstReturn: -1))
        }
        var next = places[place].firstReturn
        while next >= 0 {
            let way = returns[Int(next)]
            if way.state == call.target, way.place == caller { return }
            next = way.next
        }
        guard returns.count - Int(positions[current].firstReturn) < Self.mostItems else {
            return positions[positions.count - 1].isOverwhelmed = true
        }
        returns.append(Return(state: call.target, place: caller, next: places[place].firstReturn))
        places[place].firstReturn = Int32(returns.count - 1)
        add(call.start, Int32(place))
    }
}
