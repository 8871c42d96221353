import LlamaradaThreads
import Synchronization
import Testing

@Suite struct WorkersTests {
    private struct Failure: Error, Equatable { let piece: Int }

    @Test(arguments: [0, 1, 2, 7, 100], [1, 2, 16]) func everyPieceOnce(pieces: Int, threads: Int) {
        let seen = Mutex([Int](repeating: 0, count: pieces))
        Workers(threads).forEach(pieces) { piece in seen.withLock { $0[piece] += 1 } }
        #expect(seen.withLock { $0 } == [Int](repeating: 1, count: pieces))
    }

    @Test func anErrorComesOut() {
        #expect(throws: Failure(piece: 3)) {
            try Workers(4).forEach(50) { piece in if piece == 3 { throw Failure(piece: piece) } }
        }
    }
}
