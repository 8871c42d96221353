import LlamaradaThreads
import Synchronization
import Testing

@Suite struct ThreadTeamTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 100]) func everyPieceOnce(threads: Int, pieces: Int) throws {
        let seen = Mutex<[Int]>([])
        let numbers = Mutex<Set<Int>>([])
        try ThreadTeam(threads).forEach(pieces) { piece, thread in
            seen.withLock { $0.append(piece) }
            _ = numbers.withLock { $0.insert(thread) }
        }
        #expect(seen.withLock { $0.sorted() } == Array(0..<pieces))
        #expect(numbers.withLock { $0.allSatisfy { $0 < max(1, min(threads, pieces)) } })
    }

    /// A thread's number is its own while it works: two never have the same at once.
    @Test func numbersAreApart() throws {
        let busy = Mutex<Set<Int>>([])
        let clashes = Mutex(0)
        try ThreadTeam(4).forEach(1000) { _, thread in
            if !busy.withLock({ $0.insert(thread).inserted }) { clashes.withLock { $0 += 1 } }
            _ = busy.withLock { $0.remove(thread) }
        }
        #expect(clashes.withLock { $0 } == 0)
    }

    @Test(arguments: [1, 4]) func theFirstErrorIsThrown(threads: Int) {
        struct Failed: Error, Equatable { var piece: Int }
        let error = #expect(throws: Failed.self) {
            try ThreadTeam(threads).forEach(100) { piece, _ in if piece >= 20 { throw Failed(piece: piece) } }
        }
        #expect(error == Failed(piece: 20))
    }
}
