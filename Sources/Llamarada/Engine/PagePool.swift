package import LlamaradaText

/// The books of a cache in pages: which page holds which positions of whom.
///
/// Pages are numbers; what lies in them is the engine's business. A page that nobody uses any more keeps its positions
/// for prompts that begin alike, until its room is needed. What two prompts share is decided by their tokens, all of them
/// from the first on, and by the kind of row that each was computed as: then every bit of keys and values is the same,
/// whoever computed them.
///
/// Whoever is admitted has reserved all the pages that it may ever need, so nobody waits for a neighbour who waits for
/// him: who is not admitted must wait until somebody who is admitted ends.
package struct PagePool {
    package let pageCount: Int
    package let pageSize: Int
    /// By page.
    private var pages: [CachePage]
    /// Pages without positions.
    private var free: [Int]
    /// Pages with positions that nobody uses.
    private var unowned: Set<Int> = []
    /// Pages that were promised and not taken yet.
    private var reserved = 0
    /// The pages that follow a page, or a salt, by what is their first position.
    private var followers: [Following: [Int]] = [:]
    private var nextIdentity: UInt64 = 0
    private var nextUse: UInt64 = 0
    private var reusedPositions = 0
    private var evictions = 0
    /// What layers with a window keep, where that is not everything.
    private var windowed: WindowedPages?

    /// Where pages are looked for.
    private struct Following: Hashable {
        var parent: CachePage.Parent
        var token: TokenID
    }

    package init(pageCount: Int, pageSize: Int, windowed: WindowedCapacity? = nil) {
        self.windowed = windowed.map { WindowedPages($0, pageCount: pageCount, pageSize: pageSize) }
        self.pageCount = pageCount
        self.pageSize = pageSize
        pages = Array(repeating: CachePage(), count: pageCount)
        free = Array((0..<pageCount).reversed())
    }

    // MARK: A sequence's life

    /// Whether a sequence of at most so many positions can ever be admitted.
    package func canEverFit(positionLimit: Int) -> Bool {
        let needed = pagesNeeded(positionLimit)
        guard needed <= pageCount else { return false }
        return windowed.map { $0.need(pages: needed) <= $0.capacity.pages } ?? true
    }

    /// Begins a sequence: takes over what is there of its prompt, but for its last token, and reserves the rest.
    ///
    /// - Parameters:
    ///   - kinds: how each token of the prompt is to be computed.
    ///   - positionLimit: most positions that it will ever have.
    ///   - salt: sets callers apart: they share nothing.
    /// - Returns: nil where it must wait.
    package mutating func admit(
        prompt: [TokenID], kinds: [RowKind], positionLimit: Int, salt: UInt64, reuse: PrefixReuse
    ) -> SequencePages? {
        require(
            !prompt.isEmpty && prompt.count == kinds.count && positionLimit >= prompt.count, "PagePool",
            "\(prompt.count) tokens, \(kinds.count) kinds, at most \(positionLimit) positions")
        let sought = Sought(tokens: prompt, kinds: kinds, limit: prompt.count - 1, reuse: reuse)
        let whole = reuse == .nothing ? [] : visible(longestMatch(.salt(salt), sought))
        // A page that is shared in part must be copied, so it takes two; without it there may be room.
        let fullOnly = visible(whole.filter { $0.count == pageSize })
        for match in whole.count == fullOnly.count ? [whole, []] : [whole, fullOnly, []] {
            if let begun = begin(match, positionLimit, salt) { return begun }
        }
        return nil
    }

    private mutating func begin(_ match: [Match], _ positionLimit: Int, _ salt: UInt64) -> SequencePages? {
        let full = match.count { $0.count == pageSize }
        let needed = pagesNeeded(positionLimit) - full
        let revived = match.count { pages[$0.page].owners == 0 }
        guard free.count + unowned.count - revived - reserved >= needed else { return nil }
        let rooms = windowed?.need(pages: pagesNeeded(positionLimit)) ?? 0
        guard windowed?.canPromise(rooms) ?? true else { return nil }
        for item in match {
            pages[item.page].owners += 1
            unowned.remove(item.page)
        }
        reserved += needed
        windowed?.promise(rooms)
        let count = match.reduce(0) { $0 + $1.count }
        let firstSeen = windowed?.firstSeen(behind: count) ?? 0
        for item in match.dropFirst(firstSeen) { windowed?.hold(item.page) }
        reusedPositions += count
        return SequencePages(
            table: match.map(\.page), count: count, reserved: needed, salt: salt, writesLast: false,
            firstSeen: firstSeen, rooms: rooms)
    }

    /// Makes the positions up to `count` ready to be written.
    ///
    /// - Returns: what must be copied first: pages whose beginning is shared.
    package mutating func prepare(_ sequence: inout SequencePages, upTo count: Int) -> [PageCopy] {
        var copies: [PageCopy] = []
        let filled = sequence.count % pageSize
        if count > sequence.count, filled > 0, let last = sequence.table.last {
            // In place writes only who took the page: others that share its beginning have reserved one for a copy.
            if !sequence.writesLast {
                let page = take(&sequence, following: pages[last].parent)
                pages[page].tokens = Array(pages[last].tokens.prefix(filled))
                pages[page].kinds = Array(pages[last].kinds.prefix(filled))
                publish(page)
                let rooms = windowed?.room(of: last).flatMap { from in
                    windowed?.room(of: page).map { PageCopy.Rooms(from: from, to: $0) }
                }
                copies.append(PageCopy(from: last, to: page, positions: filled, rooms: rooms))
                sequence.table[sequence.table.count - 1] = page
                windowed?.letGo(last)
                disown(last)
            }
        }
        while sequence.table.count * pageSize < count {
            let parent = sequence.table.last.map { CachePage.Parent.page(pages[$0].identity) }
            sequence.table.append(take(&sequence, following: parent ?? .salt(sequence.salt)))
        }
        return copies
    }

    /// Notes what was computed behind the positions that a sequence has.
    package mutating func append(_ sequence: inout SequencePages, tokens: ArraySlice<TokenID>, madeBy kind: RowKind) {
        for token in tokens {
            let page = sequence.table[sequence.count / pageSize]
            require(
                pages[page].tokens.count == sequence.count % pageSize && sequence.writesLast, "PagePool",
                "position \(sequence.count) behind \(pages[page].tokens.count) of page \(page)")
            pages[page].tokens.append(token)
            pages[page].kinds.append(kind)
            if pages[page].tokens.count == 1 { publish(page) }
            sequence.count += 1
        }
        giveBack(&sequence)
    }

    /// Lets go of pages that a sequence's window has passed.
    private mutating func giveBack(_ sequence: inout SequencePages) {
        guard let first = windowed?.firstSeen(behind: sequence.count) else { return }
        while sequence.firstSeen < min(first, sequence.table.count) {
            windowed?.letGo(sequence.table[sequence.firstSeen])
            sequence.firstSeen += 1
        }
    }

    /// Ends a sequence: what it had stays for others, until room is needed.
    package mutating func release(_ sequence: inout SequencePages) {
        reserved -= sequence.reserved
        windowed?.takeBack(sequence.rooms)
        // Earlier pages are seen by fewer, so they go first.
        for page in sequence.table.dropFirst(sequence.firstSeen) { windowed?.letGo(page) }
        nextUse += UInt64(sequence.table.count)
        for (index, page) in sequence.table.enumerated() {
            // Later pages are of no use without earlier ones, so they go first.
            pages[page].lastUse = nextUse - UInt64(index)
            disown(page)
        }
        sequence = SequencePages(
            table: [], count: 0, reserved: 0, salt: sequence.salt, writesLast: false, firstSeen: 0, rooms: 0)
    }

    /// Forgets all that nobody uses.
    package mutating func clear() {
        for page in unowned { empty(page) }
        unowned = []
    }

    /// How many pages are whose, and what became of them so far.
    package var usage: (unowned: Int, owned: Int, reusedPositions: Int, evictions: Int) {
        (unowned.count, pageCount - free.count - unowned.count, reusedPositions, evictions)
    }

    // MARK: Pages

    private func pagesNeeded(_ positions: Int) -> Int { positions / pageSize + (positions % pageSize > 0 ? 1 : 0) }

    /// A page for new positions: a free one, or that which nobody used for longest.
    private mutating func take(_ sequence: inout SequencePages, following parent: CachePage.Parent) -> Int {
        require(sequence.reserved > 0, "PagePool", "a page beyond what was reserved")
        if free.isEmpty, let oldest = unowned.min(by: { pages[$0].lastUse < pages[$1].lastUse }) {
            unowned.remove(oldest)
            evictions += 1
            empty(oldest)
        }
        guard let page = free.popLast() else { preconditionFailure("PagePool: reserved pages are not there") }
        sequence.reserved -= 1
        sequence.writesLast = true
        reserved -= 1
        nextIdentity += 1
        pages[page] = CachePage(identity: nextIdentity, parent: parent, owners: 1)
        _ = windowed?.take(page)
        return page
    }

    private mutating func disown(_ page: Int) {
        pages[page].owners -= 1
        guard pages[page].owners == 0 else { return }
        if pages[page].tokens.isEmpty {
            windowed?.forget(page)
            free.append(page)
        } else {
            unowned.insert(page)
        }
    }

    private mutating func empty(_ page: Int) {
        if let token = pages[page].tokens.first {
            let place = Following(parent: pages[page].parent, token: token)
            followers[place]?.removeAll { $0 == page }
            if followers[place]?.isEmpty == true { followers[place] = nil }
        }
        pages[page] = CachePage()
        windowed?.forget(page)
        free.append(page)
    }

    private mutating func publish(_ page: Int) {
        guard let token = pages[page].tokens.first else { return }
        followers[Following(parent: pages[page].parent, token: token), default: []].append(page)
    }

    // MARK: Windows

    /// The page table of a sequence.
    package func table(of sequence: SequencePages) -> PageTable {
        guard let windowed else { return PageTable(sequence.table) }
        let seen = sequence.table.dropFirst(sequence.firstSeen).map { windowed.room(of: $0) ?? 0 }
        return PageTable(sequence.table, windowed: Array(repeating: 0, count: sequence.firstSeen) + seen)
    }

    /// As much of a match's beginning as may be taken over: its last pages, those that the next token sees, must have kept
    /// what windowed layers look at.
    private func visible(_ match: [Match]) -> [Match] {
        guard let windowed else { return match }
        var match = match
        while !match.isEmpty {
            let first = windowed.firstSeen(behind: match.reduce(0) { $0 + $1.count })
            if match.dropFirst(first).allSatisfy({ windowed.room(of: $0.page) != nil }) { break }
            match.removeLast()
        }
        return match
    }

    // MARK: Prefixes

    /// A page and how many of its first positions are taken over.
    private struct Match {
        var page: Int
        var count: Int
    }

    /// What a prompt looks for.
    private struct Sought {
        var tokens: [TokenID]
        var kinds: [RowKind]
        /// Most positions that may be taken over.
        var limit: Int
        var reuse: PrefixReuse
    }

    /// The pages that hold the longest beginning of what is sought.
    ///
    /// Several pages may hold the same, those of prompts that were computed at the same time: all are followed.
    private func longestMatch(_ root: CachePage.Parent, _ sought: Sought) -> [Match] {
        var found: [(match: Match, before: Int?)] = []
        var open: [(parent: CachePage.Parent, position: Int, before: Int?)] = [(root, 0, nil)]
        var best: (last: Int?, length: Int) = (nil, 0)
        while let place = open.popLast() {
            guard place.position < sought.limit else { continue }
            for page in followers[Following(parent: place.parent, token: sought.tokens[place.position])] ?? [] {
                let count = common(pages[page], sought, at: place.position)
                guard count > 0 else { continue }
                found.append((Match(page: page, count: count), place.before))
                let length = place.position + count
                if length > best.length { best = (found.count - 1, length) }
                if count == pageSize { open.append((.page(pages[page].identity), length, found.count - 1)) }
            }
        }
        var match: [Match] = []
        var last = best.last
        while let index = last {
            match.append(found[index].match)
            last = found[index].before
        }
        return match.reversed()
    }

    /// How many of a page's first positions are what is sought from `position` on.
    private func common(_ page: CachePage, _ sought: Sought, at position: Int) -> Int {
        let most = min(page.tokens.count, sought.limit - position)
        for index in 0..<max(0, most) {
            let isSame =
                page.tokens[index] == sought.tokens[position + index]
                && (sought.reuse == .answers || page.kinds[index] == sought.kinds[position + index])
            if !isSame { return index }
        }
        return max(0, most)
    }
}

/// What a page of the cache holds.
struct CachePage {
    /// What comes before a page's first position.
    enum Parent: Hashable {
        /// Nothing: the beginning of a text, of callers with a salt.
        case salt(UInt64)
        /// A page, by its identity.
        case page(UInt64)
    }

    /// Never used again for other contents: whoever follows it follows just these positions.
    var identity: UInt64 = 0
    var parent = Parent.salt(0)
    /// Sequences that have it in their page tables.
    var owners = 0
    var lastUse: UInt64 = 0
    /// Of each position that is filled.
    var tokens: [TokenID] = []
    var kinds: [RowKind] = []
}

/// The pages of one sequence; given back to its pool at the end.
package struct SequencePages: Sendable {
    /// Page i holds the positions from i · pageSize on.
    package fileprivate(set) var table: [Int]
    /// Positions that are filled.
    package fileprivate(set) var count: Int
    /// Pages that it may still take.
    fileprivate var reserved: Int
    fileprivate let salt: UInt64
    /// Whether it took the last page of its table itself; else that is shared as far as `count`.
    fileprivate var writesLast: Bool
    /// The first page that windowed layers still look at.
    fileprivate var firstSeen: Int
    /// Rooms of windowed layers that it was promised.
    fileprivate let rooms: Int
}

/// What must be copied before a sequence writes to a page that others read.
package struct PageCopy: Sendable, Equatable {
    package var from: Int
    package var to: Int
    /// How many of the page's first positions are of use.
    package var positions: Int
    /// Which pages of windowed layers those are; nil where they are the same.
    package var rooms: Rooms?

    /// Pages of windowed layers.
    package struct Rooms: Sendable, Equatable {
        package var from: Int
        package var to: Int
    }

    package init(from: Int, to: Int, positions: Int, rooms: Rooms? = nil) {
        self.from = from
        self.to = to
        self.positions = positions
        self.rooms = rooms
    }
}

extension PagePool {
    /// Numbers for reports and tests.
    package struct State: Sendable, Equatable {
        package var free: Int
        package var unowned: Int
        package var owned: Int
        package var reserved: Int
        /// Pages of windowed layers that some sequence sees.
        package var seen: Int
        /// Positions that prompts took over so far.
        package var reusedPositions: Int
        /// Pages whose positions were given up so far.
        package var evictions: Int
        /// What is wrong with the books; empty unless there is a mistake here.
        package var problems: [String]
    }

    /// How the pool stands.
    ///
    /// - Parameter sequences: all that were admitted and not released.
    package func state(_ sequences: [SequencePages]) -> State {
        var problems: [String] = []
        var owners = [Int](repeating: 0, count: pageCount)
        for page in sequences.map(\.table).joined() { owners[page] += 1 }
        let freeSet = Set(free)
        for page in 0..<pageCount {
            let held = pages[page].owners
            if held != owners[page] { problems.append("page \(page) counts \(held) owners of \(owners[page])") }
            let places = [freeSet.contains(page), unowned.contains(page), held > 0].count { $0 }
            if places != 1 { problems.append("page \(page) is in \(places) places") }
            if pages[page].tokens.count != pages[page].kinds.count || pages[page].tokens.count > pageSize {
                problems.append("page \(page) holds \(pages[page].tokens.count) tokens")
            }
        }
        if freeSet.count != free.count { problems.append("a page is free twice") }
        if reserved != sequences.reduce(0, { $0 + $1.reserved }) { problems.append("\(reserved) pages are reserved") }
        if free.count + unowned.count < reserved { problems.append("more is reserved than there is") }
        for (place, listed) in followers {
            for page in listed where pages[page].tokens.first != place.token || pages[page].parent != place.parent {
                problems.append("page \(page) is listed for other tokens")
            }
        }
        if let windowed {
            problems += windowed.problems(seen: sequences.map { $0.table[$0.firstSeen...] })
            if windowed.promised != sequences.reduce(0, { $0 + $1.rooms }) {
                problems.append("\(windowed.promised) rooms are promised")
            }
        }
        return State(
            free: free.count, unowned: unowned.count, owned: pageCount - free.count - unowned.count,
            reserved: reserved, seen: windowed?.heldCount ?? 0, reusedPositions: reusedPositions, evictions: evictions,
            problems: problems)
    }
}
