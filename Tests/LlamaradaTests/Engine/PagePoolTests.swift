import Llamarada
import LlamaradaText
import Testing

/// The books of the cache.
@Suite struct PagePoolTests {
    /// A pool whose sequences are kept, so that its state can be checked.
    private struct Books {
        var pool: PagePool
        var sequences: [SequencePages] = []

        init(pages: Int = 16, pageSize: Int = 4) { pool = PagePool(pageCount: pages, pageSize: pageSize) }

        /// Begins a sequence and computes its prompt and then `answer`, as decoding rows.
        mutating func run(
            _ prompt: [TokenID], answer: [TokenID] = [], limit: Int? = nil, salt: UInt64 = 0,
            reuse: PrefixReuse = .prompts, kinds: [RowKind]? = nil
        ) -> Int? {
            let limit = limit ?? prompt.count + answer.count
            guard
                var pages = pool.admit(
                    prompt: prompt, kinds: kinds ?? prompt.map { _ in .prompt }, positionLimit: limit, salt: salt,
                    reuse: reuse)
            else { return nil }
            let reused = pages.count
            _ = pool.prepare(&pages, upTo: prompt.count)
            pool.append(&pages, tokens: prompt[reused...], madeBy: .prompt)
            for token in answer {
                _ = pool.prepare(&pages, upTo: pages.count + 1)
                pool.append(&pages, tokens: [token], madeBy: .decoding)
            }
            sequences.append(pages)
            return reused
        }

        mutating func release(_ index: Int) { pool.release(&sequences[index]) }

        var state: PagePool.State { pool.state(sequences) }
    }

    @Test func equalBeginningsAreShared() {
        var books = Books()
        let prompt = Array(TokenID(1)...10)
        #expect(books.run(prompt) == 0)
        // All but the last token, which must be computed; the third page is copied.
        #expect(books.run(prompt) == 9)
        #expect(books.run(Array(prompt.prefix(6)) + [99]) == 6)
        #expect(books.run([99] + prompt) == 0)
        #expect(books.state.problems == [] && books.state.reusedPositions == 15)
        for index in 0..<4 { books.release(index) }
        #expect(books.state.owned == 0 && books.state.reserved == 0 && books.state.problems == [])
        // Still there, though nobody uses it.
        #expect(books.run(prompt) == 9)
    }

    @Test func saltsSetApart() {
        var books = Books()
        #expect(books.run([1, 2, 3, 4, 5], salt: 1) == 0)
        #expect(books.run([1, 2, 3, 4, 5], salt: 2) == 0)
        #expect(books.run([1, 2, 3, 4, 5], salt: 1) == 4)
        #expect(books.run([1, 2, 3, 4, 5], salt: 1, reuse: .nothing) == 0)
    }

    /// What decoding rows made is for those who remember that it was.
    @Test func kindsSetApart() {
        var books = Books()
        let (prompt, answer): ([TokenID], [TokenID]) = ([1, 2, 3], [4, 5, 6, 7, 8])
        _ = books.run(prompt, answer: answer)
        books.release(0)
        let next = prompt + answer + [9]
        #expect(books.run(next) == 3)
        #expect(books.run(next, reuse: .answers) == 8)
        let kinds: [RowKind] = prompt.map { _ in .prompt } + answer.map { _ in .decoding } + [.prompt]
        #expect(books.run(next, kinds: kinds) == 8)
        #expect(books.state.problems == [])
    }

    @Test func pagesAreCopiedBeforeTheyAreWritten() throws {
        var pool = PagePool(pageCount: 8, pageSize: 4)
        let kinds = [RowKind](repeating: .prompt, count: 7)
        func admit(_ prompt: [TokenID]) throws -> SequencePages {
            let pages = pool.admit(
                prompt: prompt, kinds: Array(kinds.prefix(prompt.count)), positionLimit: 8, salt: 0, reuse: .prompts)
            return try #require(pages)
        }
        var first = try admit([1, 2, 3, 4, 5, 6])
        #expect(pool.prepare(&first, upTo: 6) == [])
        pool.append(&first, tokens: [1, 2, 3, 4, 5, 6], madeBy: .prompt)
        var second = try admit([1, 2, 3, 4, 5, 7])
        #expect(second.count == 5 && second.table == first.table)
        let copies = pool.prepare(&second, upTo: 6)
        #expect(copies == [PageCopy(from: first.table[1], to: second.table[1], positions: 1)])
        #expect(second.table[0] == first.table[0] && second.table[1] != first.table[1])
        pool.append(&second, tokens: [7], madeBy: .prompt)
        // The first one goes on where it was.
        #expect(pool.prepare(&first, upTo: 7) == [])
        pool.append(&first, tokens: [8], madeBy: .decoding)
        #expect(pool.state([first, second]).problems == [])
    }

    @Test func whoIsAdmittedHasAllItNeeds() {
        var books = Books(pages: 8)
        #expect(!books.pool.canEverFit(positionLimit: 33) && books.pool.canEverFit(positionLimit: 32))
        #expect(books.run([1, 2, 3], limit: 20) == 0)
        // Five of eight pages are promised: three are left.
        #expect(books.run([4, 5], limit: 13) == nil)
        #expect(books.run([4, 5], limit: 12) == 0)
        #expect(books.run([6], limit: 1) == nil)
        books.release(0)
        #expect(books.run([6], limit: 20) == 0)
        #expect(books.state.problems == [])
    }

    /// A prompt that is shared to within a page takes one page more; where there is none, the page is not shared.
    @Test func sharingNeverLocksOut() {
        var books = Books(pages: 4)
        let prompt = Array(TokenID(1)...15)
        #expect(books.run(prompt, limit: 16) == 0)
        books.release(0)
        #expect(books.run(Array(prompt.prefix(6)), limit: 16) == 4)
        #expect(books.state.problems == [])
    }

    @Test func theLeastRecentlyUsedGoesFirst() {
        var books = Books(pages: 6)
        let prompts: [[TokenID]] = [[1, 1, 1, 1, 1, 1, 1], [2, 2, 2, 2, 2, 2, 2], [3, 3, 3, 3, 3, 3, 3]]
        for (index, prompt) in prompts.enumerated() {
            _ = books.run(prompt)
            books.release(index)
        }
        // Used once more, so that the second is the oldest now.
        _ = books.run(prompts[0])
        books.release(3)
        _ = books.run([4, 4, 4, 4, 4])
        books.release(4)
        #expect(books.state.evictions >= 2 && books.state.problems == [])
        #expect(books.run(prompts[0]) == 6)
        #expect(books.run(prompts[1]) ?? 0 == 0)
    }

    @Test func forgettingAll() {
        var books = Books()
        _ = books.run([1, 2, 3, 4, 5, 6])
        books.release(0)
        books.pool.clear()
        #expect(books.state.free == 16 && books.run([1, 2, 3, 4, 5, 6]) == 0)
    }

    /// A window lets go of what it has passed; what is left there is taken over as long as it is whole.
    @Test func windowsGivePagesBack() throws {
        var pool = PagePool(
            pageCount: 16, pageSize: 4, windowed: WindowedCapacity(length: 5, pages: 8, pagesPerSlot: 4))
        let prompt = Array(TokenID(1)...12)
        func admit(_ tokens: [TokenID]) -> SequencePages? {
            pool.admit(
                prompt: tokens, kinds: tokens.map { _ in .prompt }, positionLimit: 16, salt: 0, reuse: .prompts)
        }
        var first = try #require(admit(prompt))
        for start in stride(from: 0, to: 12, by: 4) {
            _ = pool.prepare(&first, upTo: start + 4)
            pool.append(&first, tokens: prompt[start..<start + 4], madeBy: .prompt)
        }
        // The 13th token sees the 9th to the 13th: one page, and the room of the first ones is marked.
        #expect(pool.state([first]).seen == 1 && pool.state([first]).problems == [])
        #expect(pool.table(of: first).windowed.prefix(2) == [0, 0] && pool.table(of: first).full.count == 3)
        // Two may be promised four each; a third must wait.
        var second = try #require(admit(prompt))
        #expect(second.count == 11 && admit([99]) == nil)
        let copies = pool.prepare(&second, upTo: 12)
        #expect(copies.count == 1 && copies[0].rooms.map { $0.from != $0.to } == true)
        pool.append(&second, tokens: prompt[11...], madeBy: .prompt)
        #expect(pool.state([first, second]).problems == [])
        pool.release(&first)
        pool.release(&second)
        // Six rooms more than there are, so those of the prompt are given to others, its pages not.
        var third = try #require(admit([50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65]))
        for start in stride(from: 0, to: 16, by: 4) {
            _ = pool.prepare(&third, upTo: start + 4)
            pool.append(&third, tokens: (start..<start + 4).map { TokenID(50 + $0) }[...], madeBy: .prompt)
        }
        var fourth = try #require(admit([70, 71, 72, 73, 74, 75, 76, 77, 78]))
        _ = pool.prepare(&fourth, upTo: 9)
        pool.append(&fourth, tokens: [70, 71, 72, 73, 74, 75, 76, 77, 78], madeBy: .prompt)
        pool.release(&third)
        let again = try #require(admit(prompt))
        #expect(again.count < 11)
        #expect(pool.state([fourth, again]).problems == [])
    }

    /// Thousands of sequences over a shadow of the cache that knows what was written to each position last; with and
    /// without layers of a window of 9 positions.
    @Test(arguments: [4, 16], [(false, false), (true, false), (false, true), (true, true)])
    func shadow(pageSize: Int, _ options: (isSabotaged: Bool, hasWindows: Bool)) {
        let isSabotaged = options.isSabotaged
        var random = RandomSource(seed: UInt64(pageSize))
        let windowLength = 9
        // For steps of up to 40 rows; half of the sequences at most are under way at once.
        let perSlot = (windowLength - 1 + 40 + pageSize - 2) / pageSize + 2
        let windowed = WindowedCapacity(length: windowLength, pages: 6 * perSlot, pagesPerSlot: perSlot)
        var pool = PagePool(pageCount: 64, pageSize: pageSize, windowed: options.hasWindows ? windowed : nil)
        var rooms = [[Int]](repeating: [], count: 6 * perSlot * pageSize)
        var shadow = [[Int]](repeating: [], count: 64 * pageSize)
        var running: [(pages: SequencePages, history: [Int], kinds: [RowKind], limit: Int)] = []
        var (wrong, finished) = (0, 0)
        func place(_ table: [Int], _ position: Int) -> Int {
            table[position / pageSize] * pageSize + position % pageSize
        }
        while finished < 2000 {
            if running.count < 12 {
                let prompt = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                    TokenID.random(in: 0..<2, using: &random)
                }
                let salt = UInt64.random(in: 0..<2, using: &random)
                let limit = prompt.count + Int.random(in: 0...30, using: &random)
                let kinds = prompt.map { _ in RowKind.prompt }
                if let pages = pool.admit(
                    prompt: prompt, kinds: kinds, positionLimit: limit, salt: salt, reuse: .prompts)
                {
                    // A history is the salt and all tokens; a decoding row's token counts apart.
                    running.append((pages, [Int(salt)] + prompt.map(Int.init), kinds, limit))
                }
            }
            guard let index = running.indices.randomElement(using: &random) else { continue }
            var item = running[index]
            let start = item.pages.count
            let prompt = item.kinds.count
            if start == item.limit || Int.random(in: 0..<40, using: &random) == 0 {
                pool.release(&item.pages)
                running.remove(at: index)
                finished += 1
                continue
            }
            let isDecoding = start >= prompt
            let end = isDecoding ? start + 1 : Int.random(in: start + 1...prompt, using: &random)
            if isDecoding { item.history.append(10 + Int.random(in: 0..<2, using: &random)) }
            let known = Set(item.pages.table)
            let before = pool.table(of: item.pages).windowed
            let copies = pool.prepare(&item.pages, upTo: end)
            let table = pool.table(of: item.pages).windowed
            for copy in copies where !(isSabotaged && finished % 50 == 7) {
                for offset in 0..<copy.positions {
                    shadow[copy.to * pageSize + offset] = shadow[copy.from * pageSize + offset]
                    guard let copied = copy.rooms else { continue }
                    rooms[copied.to * pageSize + offset] = rooms[copied.from * pageSize + offset]
                }
            }
            // Copies come first: what they are made of may be given to another page at once.
            for page in item.pages.table where !known.contains(page) && !copies.contains(where: { $0.to == page }) {
                for offset in 0..<pageSize { shadow[page * pageSize + offset] = [-1] }
            }
            for (index, room) in table.enumerated()
            where !(index < before.count && before[index] == room) && !copies.contains(where: { $0.rooms?.to == room })
            {
                for offset in 0..<pageSize { rooms[room * pageSize + offset] = [-1] }
            }
            for position in start..<end {
                shadow[place(item.pages.table, position)] = Array(item.history.prefix(position + 2))
                if options.hasWindows { rooms[place(table, position)] = Array(item.history.prefix(position + 2)) }
            }
            // What the rows of this step see.
            if options.hasWindows {
                for position in max(0, start - windowLength + 1)..<end
                where rooms[place(table, position)] != Array(item.history.prefix(position + 2)) { wrong += 1 }
            }
            pool.append(
                &item.pages, tokens: item.history[(start + 1)...end].map { TokenID($0) }[...],
                madeBy: isDecoding ? .decoding : .prompt)
            for position in 0..<end
            where shadow[place(item.pages.table, position)] != Array(item.history.prefix(position + 2)) { wrong += 1 }
            running[index] = item
            if finished % 16 == 0 { #expect(pool.state(running.map(\.pages)).problems == []) }
        }
        for index in running.indices { pool.release(&running[index].pages) }
        let state = pool.state([])
        #expect(
            state.owned == 0 && state.reserved == 0 && state.problems == [] && state.seen == 0
                && state.reusedPositions > 1000)
        #expect((wrong > 0) == isSabotaged, "\(wrong) positions")
    }
}
